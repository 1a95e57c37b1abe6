package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

/// A service with direct routing: requests go to the real server's link address as they are,
/// replies never pass here.
final class DirectRoutingTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";

    private final Lvs lvs = new Lvs();

    @Test
    void onlyTheTimeToLiveChanges() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, DIRECT_ROUTING);

        lvs.receive(ipv4(CLIENT, VIP).tos(4).id(9).options(1, 1, 1, 0).tcp(1000, 80).flags("S"))
                .forwards(
                        ipv4(CLIENT, VIP)
                                .ttl(63)
                                .tos(4)
                                .id(9)
                                .options(1, 1, 1, 0)
                                .tcp(1000, 80)
                                .flags("S"))
                .forwardsTo(SERVER);
    }

    @Test
    void ipv6IsRoutedAlike() {
        lvs.udp("2001:db8:1::100", 53, "rr").server("2001:db8:2::11", 53, DIRECT_ROUTING);

        lvs.receive(ipv6("2001:db8:f::1", "2001:db8:1::100").udp(1000, 53).payload("query"))
                .forwards(
                        ipv6("2001:db8:f::1", "2001:db8:1::100")
                                .ttl(63)
                                .udp(1000, 53)
                                .payload("query"))
                .forwardsTo("2001:db8:2::11");
    }

    @Test
    void missingAndWrongChecksumsAreNotTouched() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, DIRECT_ROUTING);

        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53).payload("query").noChecksum())
                .forwards(ipv4(CLIENT, VIP).ttl(63).udp(1000, 53).payload("query").noChecksum());
    }

    @Test
    void theStateFollowsTheClientAlone() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, DIRECT_ROUTING);

        client("S", "TCP 01:00 SYN_RECV", "1/0");
        client("A", "TCP 15:00 ESTABLISHED", "1/0");
        client("PA", "TCP 15:00 ESTABLISHED", "1/0");
        client("FA", "TCP 02:00 FIN_WAIT", "0/1");
        client("A", "TCP 02:00 FIN_WAIT", "0/1");
        client("R", "TCP 00:10 CLOSE", "0/1");
    }

    @Test
    void aReplyThatPassesIsSeenAndGivenToTheStack() {
        Lvs.Draft service = lvs.tcp(VIP, 80, "rr").server(SERVER, 80, DIRECT_ROUTING);
        client("S", "TCP 01:00 SYN_RECV", "1/0");

        lvs.receive(ipv4(VIP, CLIENT).tcp(80, 1000).flags("SA")).passes(StackReason.DIRECT_REPLY);
        client("A", "TCP 15:00 ESTABLISHED", "1/0");
        lvs.receive(ipv4(VIP, CLIENT).tcp(80, 1000).flags("FA")).passes(StackReason.DIRECT_REPLY);

        // With the real server in view the client's FIN means what it means under NAT.
        client("FA", "TCP 02:00 TIME_WAIT", "0/1");
        assertThat(service.count(Count.OUT_PACKETS)).isEqualTo(2);
    }

    @Test
    void aLocalRealServerGetsThePacketUnchanged() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, DIRECT_ROUTING);
        lvs.paths.local(Address.parse(SERVER));

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"))
                .passes(StackReason.LOCAL_REAL_SERVER);
    }

    @Test
    void aChangedMethodAppliesToNewConnections() {
        Lvs.Draft service = lvs.tcp(VIP, 80, "rr").server(SERVER, 80, DIRECT_ROUTING);
        client("S", "TCP 01:00 SYN_RECV", "1/0");

        service.forwarding(SERVER, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80))
                .forwards(ipv4(CLIENT, VIP).ttl(63).tcp(1000, 80));
        lvs.receive(ipv4(CLIENT, VIP).tcp(1001, 80).flags("S"))
                .forwards(ipv4(CLIENT, SERVER).ttl(63).tcp(1001, 80).flags("S"));
    }

    private void client(String flags, String entry, String load) {
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags(flags)).forwardsTo(SERVER);
        assertThat(lvs.listing()).singleElement().asString().startsWith(entry + " ");
        assertThat(lvs.load(SERVER)).isEqualTo(load);
    }
}
