package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Address;
import dev.sluice.wire.Rewrite;

import org.junit.jupiter.api.Test;

/// A service whose real servers are masqueraded: both directions pass the director.
final class MasqueradingTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final String CLIENT6 = "2001:db8:ffff::1";
    private static final String VIP6 = "2001:db8:1::100";
    private static final String SERVER6 = "2001:db8:2::11";

    private final Lvs lvs = new Lvs();

    @Test
    void aTcpConnectionIsTranslatedBothWays() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 8080, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S").mss(1460))
                .forwards(ipv4(CLIENT, SERVER).ttl(63).tcp(1000, 8080).flags("S").mss(1460))
                .forwardsTo(SERVER);
        lvs.receive(ipv4(SERVER, CLIENT).tcp(8080, 1000).flags("SA"))
                .forwards(ipv4(VIP, CLIENT).ttl(63).tcp(80, 1000).flags("SA"))
                .forwardsTo(CLIENT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).payload("GET / HTTP/1.0\r\n"))
                .forwards(
                        ipv4(CLIENT, SERVER).ttl(63).tcp(1000, 8080).payload("GET / HTTP/1.0\r\n"));

        assertThat(lvs.listing())
                .containsExactly(
                        "TCP 15:00 ESTABLISHED 172.16.0.1:1000 192.168.1.100:80 10.0.0.11:8080");
    }

    @Test
    void anIpv6ConnectionIsTranslatedBothWays() {
        lvs.tcp(VIP6, 80, "rr").server(SERVER6, 8080, NAT);

        lvs.receive(ipv6(CLIENT6, VIP6).tcp(1000, 80).flags("S"))
                .forwards(ipv6(CLIENT6, SERVER6).ttl(63).tcp(1000, 8080).flags("S"))
                .forwardsTo(SERVER6);
        lvs.receive(ipv6(SERVER6, CLIENT6).hopByHop().tcp(8080, 1000).flags("SA"))
                .forwards(ipv6(VIP6, CLIENT6).hopByHop().ttl(63).tcp(80, 1000).flags("SA"));
    }

    @Test
    void udpIsTranslatedBothWays() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 5353, NAT);

        lvs.receive(ipv4(CLIENT, VIP).udp(31337, 53).payload("query"))
                .forwards(ipv4(CLIENT, SERVER).ttl(63).udp(31337, 5353).payload("query"));
        lvs.receive(ipv4(SERVER, CLIENT).udp(5353, 31337).payload("answer"))
                .forwards(ipv4(VIP, CLIENT).ttl(63).udp(53, 31337).payload("answer"));

        assertThat(lvs.load(SERVER)).isEqualTo("0/1");
        assertThat(lvs.listing())
                .containsExactly("UDP 05:00 UDP 172.16.0.1:31337 192.168.1.100:53 10.0.0.11:5353");
    }

    @Test
    void udpWithoutChecksumGetsOne() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);

        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53).payload("query").noChecksum())
                .forwards(ipv4(CLIENT, SERVER).ttl(63).udp(1000, 53).payload("query"));
        lvs.receive(ipv4(SERVER, CLIENT).udp(53, 1000).payload("answer").noChecksum())
                .forwards(ipv4(VIP, CLIENT).ttl(63).udp(53, 1000).payload("answer"));
    }

    @Test
    void aWrongChecksumStaysWrong() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);

        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53).payload("query").wrongChecksum());

        assertThat(Rewrite.isChecksumRight(lvs.packet())).isFalse();
    }

    @Test
    void aPartialChecksumStaysPartial() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 8080, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S").partialChecksum())
                .forwards(
                        ipv4(CLIENT, SERVER).ttl(63).tcp(1000, 8080).flags("S").partialChecksum());
    }

    @Test
    void typeOfServiceIdAndOptionsArePreserved() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tos(0x2e).id(4711).options(1, 1, 1, 0).udp(1, 53).payload(3))
                .forwards(
                        ipv4(CLIENT, SERVER)
                                .ttl(63)
                                .tos(0x2e)
                                .id(4711)
                                .options(1, 1, 1, 0)
                                .udp(1, 53)
                                .payload(3));
    }

    @Test
    void whatBelongsToNoServiceGoesToTheStackUntouched() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 22).flags("S")).passes(StackReason.NO_SERVICE);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 80)).passes(StackReason.NO_SERVICE);
        lvs.receive(ipv4(CLIENT, VIP).echo(1, 1)).passes(StackReason.OTHER_PROTOCOL);
        lvs.receive(ipv4(SERVER, "8.8.8.8").tcp(80, 1000).flags("S"))
                .passes(StackReason.NO_SERVICE);

        assertThat(lvs.director.counters().toStack(StackReason.NO_SERVICE)).isEqualTo(3);
        assertThat(lvs.director.connections()).isZero();
    }

    @Test
    void onlyASynBeginsATcpConnection() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);

        for (String flags : new String[] {"A", "FA", "R", "SR", "SRA", "P", ""}) {
            lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags(flags))
                    .passes(StackReason.NO_CONNECTION);
        }
        int port = 2000;
        for (String flags : new String[] {"S", "SA", "SF", "SPU"}) {
            lvs.receive(ipv4(CLIENT, VIP).tcp(port++, 80).flags(flags)).forwardsTo(SERVER);
        }
        assertThat(lvs.listing()).allMatch(line -> line.startsWith("TCP 01:00 SYN_RECV"));
    }

    @Test
    void activeFtpDataIsNeverScheduled() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tcp(20, 80).flags("S")).passes(StackReason.FTP_DATA);
    }

    @Test
    void packetsAndBytesAreCountedAtAllLevels() {
        Lvs.Draft service = lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("SA"));
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80));
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80));

        assertThat(service.count(Count.CONNECTIONS)).isEqualTo(1);
        assertThat(service.count(Count.IN_PACKETS)).isEqualTo(3);
        assertThat(service.count(Count.IN_BYTES)).isEqualTo(120);
        assertThat(service.count(Count.OUT_PACKETS)).isEqualTo(1);
        assertThat(service.count(Count.OUT_BYTES)).isEqualTo(40);
        assertThat(lvs.count(SERVER, Count.IN_BYTES)).isEqualTo(120);
        assertThat(lvs.total(Count.IN_BYTES)).isEqualTo(120);
        assertThat(lvs.total(Count.CONNECTIONS)).isEqualTo(1);
    }

    @Test
    void aSuperPacketCountsOnceWithItsWholeLength() {
        Lvs.Draft service = lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));

        lvs.receive(
                        ipv4(CLIENT, VIP).df().tcp(1000, 80).payload(20_000).partialChecksum(),
                        packet -> packet.gsoSize(1460))
                .forwardsTo(SERVER)
                .inFragmentsOf(0);

        assertThat(service.count(Count.IN_PACKETS)).isEqualTo(2);
        assertThat(service.count(Count.IN_BYTES)).isEqualTo(40 + 20_040);
    }

    @Test
    void aLocalRealServerGetsThePacketThroughTheStack() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 8080, NAT);
        lvs.paths.local(Address.parse(SERVER));

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"))
                .passes(
                        StackReason.LOCAL_REAL_SERVER,
                        ipv4(CLIENT, SERVER).tcp(1000, 8080).flags("S"));
    }

    @Test
    void aFullTableDropsNewConnectionsAndKeepsOldOnes() {
        Lvs small = new Lvs(DirectorSettings.DEFAULT.with(it -> it.maxConnections = 2));
        small.udp(VIP, 53, "rr").server(SERVER, 53, NAT);

        small.receive(ipv4(CLIENT, VIP).udp(1, 53)).forwardsTo(SERVER);
        small.receive(ipv4(CLIENT, VIP).udp(2, 53)).forwardsTo(SERVER);
        small.receive(ipv4(CLIENT, VIP).udp(3, 53)).drops(DropReason.TABLE_FULL);
        small.receive(ipv4(CLIENT, VIP).udp(1, 53)).forwardsTo(SERVER);

        assertThat(small.director.counters().dropped(DropReason.TABLE_FULL)).isEqualTo(1);
        assertThat(small.load(SERVER)).isEqualTo("0/2");
    }

    @Test
    void ofTwoConnectionsWithOneReplyPathTheLaterOneGetsTheReplies() {
        lvs.tcp(VIP, 83, "rr").server(SERVER, 80, NAT);
        lvs.tcp(VIP, 84, "rr").server(SERVER, 80, NAT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 83).flags("S"));
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 84).flags("S"));

        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("SA"))
                .forwards(ipv4(VIP, CLIENT).ttl(63).tcp(84, 1000).flags("SA"));
    }
}
