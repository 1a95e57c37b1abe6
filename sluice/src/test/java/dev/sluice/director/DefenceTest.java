package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.defence.Lots;
import dev.sluice.director.service.Setting;

import org.junit.jupiter.api.Test;

/// What a director does under attack (ipvs.md §3.7, §8.3).
final class DefenceTest {

    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";

    private final Lvs lvs =
            new Lvs(
                    DirectorSettings.DEFAULT.with(it -> {
                        it.hashKey0 = 0x0123_4567_89ab_cdefL;
                        it.hashKey1 = 0x1122_3344_5566_7788L;
                    }));

    @Test
    void fact67EveryThirdNewConnectionIsDroppedBeginningWithTheFirst() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.set(Setting.AM_DROPRATE, 3).set(Setting.DROP_PACKET, 3);
        StringBuilder picks = new StringBuilder();
        for (int port = 1000; port < 1008; port++) {
            picks.append(lvs.pickedBy(ipv4("172.16.0.1", VIP).tcp(port, 80).flags("S")))
                    .append(' ');
        }
        assertThat(picks.toString()).isEqualTo("- 11 11 - 11 11 - 11 ");
    }

    @Test
    void fact68HalfOpenConnectionsVanishAndEstablishedOnesStay() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        for (int port = 1000; port < 1300; port++) {
            lvs.receive(ipv4("172.16.0.1", VIP).tcp(port, 80).flags("S"));
        }
        for (int port = 2000; port < 2020; port++) {
            lvs.receive(ipv4("172.16.0.1", VIP).tcp(port, 80).flags("S"));
            lvs.receive(ipv4("172.16.0.1", VIP).tcp(port, 80));
        }
        lvs.set(Setting.DROP_ENTRY, 3);
        for (int second = 0; second < 12; second++) {
            assertThat(lvs.director.nextDeadlineNanos(lvs.nowNanos()) - lvs.nowNanos())
                    .isLessThanOrEqualTo(1_000_000_000L);
            lvs.after(1);
        }

        // The kernel had 208 of 300 left after twelve seconds; a lot is a lot.
        assertThat(states("SYN_RECV")).isBetween(180L, 240L);
        assertThat(states("ESTABLISHED")).isEqualTo(20);
        assertThat(lvs.load(SERVER)).isEqualTo(states("SYN_RECV") + 20 + "/0");
    }

    @Test
    void dropEntryEndsWhenItIsSwitchedOff() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        for (int port = 1000; port < 1300; port++) {
            lvs.receive(ipv4("172.16.0.1", VIP).tcp(port, 80).flags("S"));
        }
        lvs.set(Setting.DROP_ENTRY, 3).after(1);
        lvs.set(Setting.DROP_ENTRY, 0);
        long left = states("SYN_RECV");
        lvs.after(10);
        assertThat(states("SYN_RECV")).isEqualTo(left);
    }

    @Test
    void templatesOfClientsThatNeverAnsweredGoTooAndAssuredOnesStay() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT).persistent(3600, 32);
        for (int client = 1; client <= 200; client++) {
            lvs.receive(ipv4("172.16.0." + client, VIP).tcp(1000, 80).flags("S"));
        }
        lvs.receive(ipv4("172.16.1.1", VIP).tcp(1000, 80).flags("S"));
        lvs.receive(ipv4("172.16.1.1", VIP).tcp(1000, 80));
        lvs.set(Setting.DROP_ENTRY, 3);
        for (int second = 0; second < 50; second++) {
            lvs.after(1);
        }
        assertThat(states("NONE")).isLessThan(100);
        assertThat(states("ASSURED")).isEqualTo(1);
    }

    @Test
    void theRarerTheMorePacketsAConnectionHasSeen() {
        Lots lots = new Lots();
        assertThat(lots.takes(1, true)).isTrue();
        assertThat(lots.takes(3, true)).isFalse();
        assertThat(lots.takes(3, true)).isFalse();
        assertThat(lots.takes(3, true)).isTrue();
        assertThat(lots.takes(1, false)).isFalse();
        assertThat(lots.takes(0, true)).isFalse();
        assertThat(lots.takes(9, true)).isFalse();
    }

    private long states(String state) {
        return lvs.listing().stream().filter(line -> line.contains(" " + state + " ")).count();
    }
}
