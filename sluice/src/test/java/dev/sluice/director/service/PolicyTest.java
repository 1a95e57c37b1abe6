package dev.sluice.director.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Defaults and ranges of ipvs.md §8.1.
final class PolicyTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ':',
            textBlock =
                    """
                    am_droprate : 10
                    amemthresh : 1024
                    conn_reuse_mode : 1
                    expire_nodest_conn : 0
                    lblc_expiration : 86400
                    pmtu_disc : 1
                    snat_reroute : 1
                    sync_version : 1
                    """)
    void defaults(String name, String value) {
        assertThat(Policy.DEFAULT.text(named(name))).isEqualTo(value);
    }

    @Test
    void theSynchronisationThresholdHasAPeriod() {
        assertThat(Policy.DEFAULT.text(Setting.SYNC_THRESHOLD)).isEqualTo("3\t50");
        assertThat(Policy.DEFAULT.with(Setting.SYNC_THRESHOLD, "3 50")).isNotNull();
        assertRefused(Setting.SYNC_THRESHOLD, "7 3", "takes a threshold and a period");
        assertRefused(Setting.SYNC_THRESHOLD, "-1 3", "takes a threshold and a period");
    }

    @Test
    void aSettingHasOneValueAndTheOthersStay() {
        Policy changed = Policy.DEFAULT.with(Setting.EXPIRE_NODEST_CONN, " 1\n");
        assertThat(changed.isOn(Setting.EXPIRE_NODEST_CONN)).isTrue();
        assertThat(changed.get(Setting.CONN_REUSE_MODE)).isEqualTo(1);
        assertThat(Policy.DEFAULT.isOn(Setting.EXPIRE_NODEST_CONN)).isFalse();
    }

    @Test
    void flagsTakeAnyNumberAndOtherBases() {
        assertThat(Policy.DEFAULT.with(Setting.SLOPPY_TCP, "-5").get(Setting.SLOPPY_TCP))
                .isEqualTo(-5);
        assertThat(Policy.DEFAULT.with(Setting.CONN_REUSE_MODE, "0x3").get(Setting.CONN_REUSE_MODE))
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "drop_packet, 4",
        "drop_packet, -1",
        "conn_reuse_mode, two",
        "am_droprate, 1 2",
        "am_droprate, ''"
    })
    void whatIsNoValueIsRefused(String name, String value) {
        assertRefused(named(name), value, "net.ipv4.vs." + name + " takes ");
    }

    @Test
    void aMeasureOfDefenceBeginsWhenMemoryIsShortAndEndsWithIt() {
        Policy waiting = Policy.DEFAULT.with(Setting.DROP_PACKET, 1).with(Setting.SECURE_TCP, 1);
        assertThat(waiting.isAutomatic()).isTrue();
        assertThat(waiting.withFreeMemory(1024)).isSameAs(waiting);
        assertThat(waiting.dropRate()).isZero();

        Policy taken = waiting.withFreeMemory(512);
        assertThat(taken.get(Setting.DROP_PACKET)).isEqualTo(2);
        assertThat(taken.isInForce(Setting.SECURE_TCP)).isTrue();
        assertThat(taken.isInForce(Setting.DROP_ENTRY)).isFalse();
        assertThat(taken.dropRate()).isEqualTo(2);
        assertThat(taken.withFreeMemory(0).dropRate()).isEqualTo(1);
        assertThat(taken.withFreeMemory(2000).get(Setting.DROP_PACKET)).isEqualTo(1);
    }

    @Test
    void whatIsAlwaysDoneDoesNotAskForMemory() {
        Policy always = Policy.DEFAULT.with(Setting.DROP_PACKET, 3);
        assertThat(always.isAutomatic()).isFalse();
        assertThat(always.withFreeMemory(0).get(Setting.DROP_PACKET)).isEqualTo(3);
        assertThat(always.withFreeMemory(0).dropRate()).isEqualTo(10);
    }

    @Test
    void whatSluiceDoesNotActUponYetKeepsItsDefault() {
        assertRefused(Setting.SYNC_VERSION, "0", "Sluice does not act upon 0 yet");
        assertThat(Policy.DEFAULT.with(Setting.SYNC_VERSION, "1").get(Setting.SYNC_VERSION))
                .isEqualTo(1);
        assertRefused(Setting.SYNC_VERSION, "2", "takes 0 or 1");
    }

    @Test
    void namesHaveAPrefixOrNot() {
        assertThat(Setting.named("net.ipv4.vs.sloppy_tcp")).isEqualTo(Setting.SLOPPY_TCP);
        assertThat(Setting.named("net/ipv4/vs/sloppy_tcp")).isEqualTo(Setting.SLOPPY_TCP);
        assertThat(Setting.named("sloppy_tcp")).isEqualTo(Setting.SLOPPY_TCP);
        assertThat(Setting.named("net.ipv4.ip_forward")).isNull();
        for (Setting setting : Setting.values()) {
            assertThat(Setting.named(setting.fullName())).isEqualTo(setting);
        }
    }

    private static Setting named(String name) {
        Setting setting = Setting.named(name);
        if (setting == null) {
            throw new AssertionError("no setting " + name);
        }
        return setting;
    }

    private static void assertRefused(Setting setting, String value, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Policy.DEFAULT.with(setting, value))
                .withMessageContaining(reason);
    }
}
