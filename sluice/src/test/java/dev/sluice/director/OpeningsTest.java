package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is counted for those who look for a fault: how attempts to open connections fare at each
/// real server, and of which service the packets were that were dropped.
final class OpeningsTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";

    private final Lvs lvs = new Lvs();

    @ParameterizedTest
    @EnumSource(
            value = Forwarding.class,
            names = {"NAT", "DIRECT_ROUTING"})
    void aSynThatIsSentAgainIsCounted(Forwarding method) {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, method);
        syn();
        syn();
        syn();
        assertOpenings(2, 0, 0);
        assertThat(lvs.total(Count.REPEATED_OPENINGS)).isEqualTo(2);
    }

    @Test
    void aMasqueradedConnectionThatComesAboutIsCountedOnce() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        syn();
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("SA"));
        ack();
        ack();
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("A"));
        assertOpenings(0, 1, 0);
    }

    @Test
    void theServersAnswerSentAgainIsNoRepeatedOpening() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        syn();
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("SA"));
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("SA"));
        assertOpenings(0, 0, 0);
    }

    @Test
    void aDirectConnectionThatComesAboutIsCounted() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, DIRECT_ROUTING);
        syn();
        syn();
        ack();
        syn();
        assertOpenings(1, 1, 0);
    }

    @Test
    void aRefusalIsCountedOnce() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        syn();
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("RA"));
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("R"));
        assertOpenings(0, 0, 1);
    }

    @Test
    void aClientThatGivesUpIsNotRefused() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        syn();
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("R"));
        assertOpenings(0, 0, 0);
    }

    @Test
    void datagramsAreNoOpenings() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53).payload("a"));
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53).payload("a"));
        assertOpenings(0, 0, 0);
    }

    @Test
    void droppedPacketsAreCountedForTheirService() {
        Lvs.Draft empty = lvs.tcp(VIP, 81, "rr");
        Lvs.Draft lost = lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.paths.unroutable(Address.parse(SERVER));
        syn();
        syn();
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 81).flags("S"));
        assertThat(lost.dropped(DropReason.NO_ROUTE)).isEqualTo(2);
        assertThat(lost.dropped(DropReason.NO_REAL_SERVER)).isZero();
        assertThat(empty.dropped(DropReason.NO_REAL_SERVER)).isEqualTo(1);
        assertThat(empty.count(Count.CONNECTIONS)).isZero();
    }

    @Test
    void packetsForARemovedServerAreCountedForTheirService() {
        Lvs.Draft service = lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        syn();
        service.remove(SERVER);
        ack();
        assertThat(service.dropped(DropReason.REAL_SERVER_REMOVED)).isEqualTo(1);
    }

    @Test
    void whoseNextHopDoesNotAnswerIsCountedForTheService() {
        Lvs.Draft service = lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        syn();
        lvs.undeliverable();
        assertThat(service.dropped(DropReason.NEIGHBOUR_UNRESOLVED)).isEqualTo(1);
    }

    @Test
    void aTallyHasRoomForEachReason() {
        assertThat(DropReason.values()).hasSizeLessThanOrEqualTo(16);
    }

    private void syn() {
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));
    }

    private void ack() {
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("A"));
    }

    private void assertOpenings(long repeated, long established, long refused) {
        assertThat(lvs.count(SERVER, Count.REPEATED_OPENINGS)).isEqualTo(repeated);
        assertThat(lvs.count(SERVER, Count.ESTABLISHED)).isEqualTo(established);
        assertThat(lvs.count(SERVER, Count.REFUSED)).isEqualTo(refused);
    }
}
