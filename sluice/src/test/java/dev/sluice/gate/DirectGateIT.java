package dev.sluice.gate;

import static dev.sluice.gate.GateBed.VIP;
import static dev.sluice.gate.GateBed.VIP6;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.net.linux.Privileges;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.util.List;

/// Direct mode at real interfaces.
final class DirectGateIT {

    private GateBed bed;
    private DirectGate gate;

    @BeforeAll
    static void needsPrivilege() {
        assumeTrue(Privileges.namespaces(), "network namespaces take root, or: unshare -Urnm");
    }

    @BeforeEach
    void open() {
        bed = new GateBed();
        GateSettings settings = new GateSettings(List.of("eth0", "eth1"), 1, 1, 2);
        gate = bed.director.call(() -> DirectGate.open(settings));
    }

    @AfterEach
    void close() {
        bed.close();
        gate.close();
    }

    @ParameterizedTest(name = "rp_filter {0}")
    @ValueSource(ints = {0, 1, 2})
    void whatIsGivenBackArrivesAsIfNothingHadHappened(int rpFilter) throws Exception {
        for (String device : List.of("all", "eth0", "default")) {
            bed.director.setSysctl("net/ipv4/conf/" + device + "/rp_filter", rpFilter);
        }
        gate.publish(new TestServices().tcp(VIP, 80).tcp(VIP6, 80).configuration());
        GateBed.Taker taker = bed.taker(gate, true);
        bed.echo(bed.director, 80);
        assertThat(bed.ask(VIP, 80)).isEqualTo("hello");
        assertThat(bed.ask(VIP6, 80)).isEqualTo("hello");
        assertThat(taker.frames).isNotEmpty();
    }

    @Test
    void whatIsNotOursNeverLeavesTheStack() throws Exception {
        gate.publish(new TestServices().tcp(VIP, 80).nat("10.0.0.11", 80).configuration());
        GateBed.Taker taker = bed.taker(gate, false);
        bed.echo(bed.director, 22);
        assertThat(bed.ask("172.16.0.254", 22)).isEqualTo("hello");
        assertThat(bed.ask(VIP, 22)).isEqualTo("hello");
        assertThat(bed.ask(VIP6, 22)).isEqualTo("hello");
        boolean ping = bed.client.call(() -> InetAddress.getByName(VIP).isReachable(1000));
        assertThat(ping).isTrue();
        assertThat(taker.frames).isEmpty();
    }

    @Test
    void theStackHasNothingToSayOnTheSlowDevices() {
        assertThat(bed.director.sysctl("net/ipv6/conf/slow00/disable_ipv6")).isEqualTo("1");
        assertThat(bed.director.sysctl("net/ipv6/conf/slow01/disable_ipv6")).isEqualTo("1");
    }
}
