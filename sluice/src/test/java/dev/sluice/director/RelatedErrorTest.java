package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Address;
import dev.sluice.wire.PacketBuilder;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Arrays;

/// ICMP errors about packets of connections (ipvs.md §7.6), with IPv6 checksums done right.
final class RelatedErrorTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final String ROUTER = "10.9.9.9";
    private static final String CLIENT6 = "2001:db8:ffff::1";
    private static final String VIP6 = "2001:db8:1::100";
    private static final String SERVER6 = "2001:db8:2::11";
    private static final String ROUTER6 = "2001:db8:9::9";

    private final Lvs lvs = new Lvs();

    @BeforeEach
    void connections() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 8080, NAT);
        lvs.udp(VIP6, 53, "rr").server(SERVER6, 5353, NAT);
        lvs.tcp(VIP, 443, "rr").server("10.0.0.12", 443, DIRECT_ROUTING);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));
        lvs.receive(ipv6(CLIENT6, VIP6).udp(1000, 53).payload("query"));
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 443).flags("S"));
    }

    @Test
    void anErrorOfTheServerReachesTheClientAsOneOfTheService() {
        lvs.receive(ipv4(SERVER, CLIENT).icmpUnreachable(3, quotedToServer()))
                .forwards(ipv4(VIP, CLIENT).ttl(63).icmpUnreachable(3, quotedToVirtual()))
                .forwardsTo(CLIENT);

        assertThat(lvs.count(SERVER, Count.OUT_PACKETS)).isEqualTo(1);
    }

    @Test
    void anErrorOfARouterBehindTheDirectorSeemsToComeFromTheService() {
        lvs.receive(ipv4(ROUTER, CLIENT).icmpTimeExceeded(quotedToServer()))
                .forwards(ipv4(VIP, CLIENT).ttl(63).icmpTimeExceeded(quotedToVirtual()));
        lvs.receive(ipv4(ROUTER, CLIENT).icmpFragNeeded(1400, quotedToServer()))
                .forwards(ipv4(VIP, CLIENT).ttl(63).icmpFragNeeded(1400, quotedToVirtual()));
    }

    /// Linux routes it by its destination, too.
    @Test
    void aForgedErrorThatQuotesAnotherClientGoesWhereItSays() {
        lvs.receive(ipv4(SERVER, "172.16.9.9").icmpUnreachable(3, quotedToServer()))
                .forwards(ipv4(VIP, "172.16.9.9").ttl(63).icmpUnreachable(3, quotedToVirtual()))
                .forwardsTo("172.16.9.9");
    }

    @Test
    void aQuoteThatEndsBehindThePortsIsEnough() {
        byte[] quoted = Arrays.copyOf(quotedToServer(), 28);
        byte[] expected = Arrays.copyOf(quotedToVirtual(), 28);

        lvs.receive(ipv4(SERVER, CLIENT).icmpUnreachable(3, quoted))
                .forwards(ipv4(VIP, CLIENT).ttl(63).icmpUnreachable(3, expected));
    }

    @Test
    void anErrorOfTheClientReachesTheServerAboutItsOwnPacket() {
        byte[] quoted = ipv4(VIP, CLIENT).tcp(80, 1000).noChecksum().build();
        byte[] expected = ipv4(SERVER, CLIENT).tcp(8080, 1000).noChecksum().build();

        lvs.receive(ipv4(CLIENT, VIP).icmpUnreachable(3, quoted))
                .forwards(ipv4(CLIENT, SERVER).ttl(63).icmpUnreachable(3, expected))
                .forwardsTo(SERVER);
        lvs.receive(ipv4("172.16.9.9", VIP).icmpFragNeeded(1400, quoted))
                .forwards(ipv4("172.16.9.9", SERVER).ttl(63).icmpFragNeeded(1400, expected));

        assertThat(lvs.count(SERVER, Count.IN_PACKETS)).isEqualTo(3);
    }

    @Test
    void ipv6ErrorsAreTranslatedBothWaysWithRightChecksums() {
        byte[] toServer =
                ipv6(CLIENT6, SERVER6).udp(1000, 5353).payload("query").noChecksum().build();
        byte[] toVirtual = ipv6(CLIENT6, VIP6).udp(1000, 53).payload("query").noChecksum().build();
        byte[] fromVirtual =
                ipv6(VIP6, CLIENT6).udp(53, 1000).payload("answer").noChecksum().build();
        byte[] fromServer =
                ipv6(SERVER6, CLIENT6).udp(5353, 1000).payload("answer").noChecksum().build();

        lvs.receive(ipv6(SERVER6, CLIENT6).icmpUnreachable(4, toServer))
                .forwards(ipv6(VIP6, CLIENT6).ttl(63).icmpUnreachable(4, toVirtual));
        lvs.receive(ipv6(ROUTER6, CLIENT6).icmpFragNeeded(1400, toServer))
                .forwards(ipv6(VIP6, CLIENT6).ttl(63).icmpFragNeeded(1400, toVirtual));
        lvs.receive(ipv6(CLIENT6, VIP6).icmpFragNeeded(1400, fromVirtual))
                .forwards(ipv6(CLIENT6, SERVER6).ttl(63).icmpFragNeeded(1400, fromServer));
    }

    @Test
    void aWrongChecksumIsNotRepaired() {
        lvs.receive(ipv4(SERVER, CLIENT).icmpUnreachable(3, quotedToServer()).wrongChecksum())
                .drops(DropReason.BAD_ICMP_CHECKSUM);
        byte[] fromVirtual = ipv6(VIP6, CLIENT6).udp(53, 1000).build();
        lvs.receive(ipv6(CLIENT6, VIP6).icmpUnreachable(4, fromVirtual).wrongChecksum())
                .drops(DropReason.BAD_ICMP_CHECKSUM);
        byte[] direct = ipv4(VIP, CLIENT).tcp(443, 1000).build();
        lvs.receive(ipv4(CLIENT, VIP).icmpUnreachable(3, direct).wrongChecksum())
                .drops(DropReason.BAD_ICMP_CHECKSUM);
    }

    @Test
    void underDirectRoutingTheServerGetsTheClientsErrorUnchanged() {
        byte[] quoted = ipv4(VIP, CLIENT).tcp(443, 1000).build();

        lvs.receive(ipv4(CLIENT, VIP).icmpFragNeeded(1400, quoted))
                .forwards(ipv4(CLIENT, VIP).ttl(63).icmpFragNeeded(1400, quoted))
                .forwardsTo("10.0.0.12");
    }

    @Test
    void underDirectRoutingAnErrorForTheClientIsLeftToTheStack() {
        byte[] quoted = ipv4(CLIENT, VIP).tcp(1000, 443).build();

        lvs.receive(ipv4(ROUTER, CLIENT).icmpTimeExceeded(quoted)).passes(StackReason.DIRECT_REPLY);
    }

    @Test
    void errorsDoNotRestartTheTimer() {
        lvs.after(30);

        lvs.receive(ipv4(SERVER, CLIENT).icmpUnreachable(3, quotedToServer()));

        assertThat(lvs.listing())
                .contains("TCP 00:30 SYN_RECV 172.16.0.1:1000 192.168.1.100:80 10.0.0.11:8080");
    }

    @Test
    void otherErrorsAndOtherMessagesGoToTheStack() {
        byte[] unknown = ipv4(CLIENT, SERVER).tcp(4711, 8080).build();

        lvs.receive(ipv4(SERVER, CLIENT).icmpUnreachable(3, unknown))
                .passes(StackReason.UNRELATED_ERROR);
        lvs.receive(ipv4(SERVER, CLIENT).icmpUnreachable(3, new byte[0]))
                .passes(StackReason.UNRELATED_ERROR);
        lvs.receive(ipv4(SERVER, CLIENT).icmpUnreachable(3, Arrays.copyOf(unknown, 22)))
                .passes(StackReason.UNRELATED_ERROR);
        lvs.receive(ipv4(CLIENT, VIP).icmp(5, 0, 0).payload(quotedToServer()))
                .passes(StackReason.OTHER_PROTOCOL);
        lvs.receive(ipv6(CLIENT6, VIP6).echo(1, 1)).passes(StackReason.OTHER_PROTOCOL);
    }

    @Test
    void noErrorIsMadeAboutAnError() {
        byte[] quoted = ipv4(VIP, CLIENT).tcp(80, 1000).build();

        lvs.receive(ipv4(CLIENT, VIP).ttl(1).icmpFragNeeded(1400, quoted))
                .drops(DropReason.TTL_EXPIRED);
        lvs.paths.unroutable(Address.parse(SERVER));
        lvs.receive(ipv4(CLIENT, VIP).icmpFragNeeded(1400, quoted)).drops(DropReason.NO_ROUTE);
    }

    // The quoted transport checksum stays as it is, so these quotes have the same one: none.

    private static byte[] quotedToServer() {
        return quoted(ipv4(CLIENT, SERVER).tcp(1000, 8080));
    }

    private static byte[] quotedToVirtual() {
        return quoted(ipv4(CLIENT, VIP).tcp(1000, 80));
    }

    private static byte[] quoted(PacketBuilder packet) {
        return packet.ttl(61).flags("S").noChecksum().build();
    }
}
