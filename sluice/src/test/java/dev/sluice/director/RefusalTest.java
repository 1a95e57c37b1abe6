package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.DirectorCounters.Other;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Address;
import dev.sluice.wire.IcmpError;
import dev.sluice.wire.PacketBuilder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;

/// Packets that cannot go on, and what their senders are told (ipvs.md §7.4, §7.5).
final class RefusalTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final String CLIENT6 = "2001:db8:ffff::1";
    private static final String VIP6 = "2001:db8:1::100";
    private static final String SERVER6 = "2001:db8:2::11";

    private Lvs lvs = new Lvs();

    @Test
    void aReplyIsRoutedByItsNewSourceUnlessSnatRerouteIsOff() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("SA")).forwardsTo(CLIENT);
        assertThat(lvs.paths.askedSource()).isEqualTo(Address.parse(VIP));

        lvs.set(Setting.SNAT_REROUTE, 0);
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000)).forwardsTo(CLIENT);
        assertThat(lvs.paths.askedSource()).isEqualTo(Address.parse(SERVER));
    }

    @Test
    void fact66AServerWhoseSegmentBelongsToNoConnectionIsTold() {
        lvs.set(Setting.NAT_ICMP_SEND, 1).tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000));
        assertThat(lvs.verdict().reason()).isEqualTo(DropReason.UNEXPECTED_REPLY);
        assertThat(lvs.sent().getFirst().to()).isEqualTo(Address.parse(SERVER));

        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("R")).passes(StackReason.NO_SERVICE);
        lvs.receive(ipv4(SERVER, CLIENT).tcp(81, 1000)).passes(StackReason.NO_SERVICE);
        lvs.set(Setting.NAT_ICMP_SEND, 0);
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000)).passes(StackReason.NO_SERVICE);
    }

    @Test
    void withoutAServerTheClientHearsThatThePortIsUnreachable() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT, 0);
        PacketBuilder syn = ipv4(CLIENT, VIP).id(7).tos(0x08).tcp(1000, 80).flags("S");

        lvs.receive(syn)
                .answers(
                        DropReason.NO_REAL_SERVER,
                        ipv4(VIP, CLIENT).id(7).tos(0xc8).icmpUnreachable(3, syn.build()));

        assertThat(lvs.sent().getFirst().to()).isEqualTo(Address.parse(CLIENT));
        assertThat(lvs.listing()).isEmpty();
        assertThat(lvs.total(Count.IN_PACKETS)).isZero();
        assertThat(lvs.director.counters().dropped(DropReason.NO_REAL_SERVER)).isEqualTo(1);
        assertThat(lvs.director.counters().answered(IcmpError.PORT_UNREACHABLE)).isEqualTo(1);
    }

    @Test
    void withoutAServerAnIpv6ClientHearsItToo() {
        lvs.udp(VIP6, 53, "rr");
        PacketBuilder query = ipv6(CLIENT6, VIP6).udp(1000, 53).payload("query");

        lvs.receive(query)
                .answers(
                        DropReason.NO_REAL_SERVER,
                        ipv6(VIP6, CLIENT6).icmpUnreachable(4, query.build()));
    }

    @Test
    void withoutARouteTheClientHearsThatTheHostIsUnreachableAndAnEntryStays() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.paths.unroutable(Address.parse(SERVER));
        PacketBuilder syn = ipv4(CLIENT, VIP).tcp(1000, 80).flags("S");

        lvs.receive(syn)
                .answers(
                        DropReason.NO_ROUTE,
                        ipv4(VIP, CLIENT).tos(0xc0).icmpUnreachable(1, syn.build()));

        assertThat(lvs.listing()).singleElement().asString().startsWith("TCP 01:00 SYN_RECV");
        assertThat(lvs.count(SERVER, Count.IN_PACKETS)).isEqualTo(1);
    }

    @Test
    void withoutARouteAnIpv6ClientHearsThatTheAddressIsUnreachable() {
        lvs.tcp(VIP6, 80, "rr").server(SERVER6, 80, NAT);
        lvs.paths.unroutable(Address.parse(SERVER6));
        PacketBuilder syn = ipv6(CLIENT6, VIP6).tcp(1000, 80).flags("S");

        lvs.receive(syn)
                .answers(DropReason.NO_ROUTE, ipv6(VIP6, CLIENT6).icmpUnreachable(3, syn.build()));
    }

    @ParameterizedTest
    @EnumSource(names = {"NAT", "DIRECT_ROUTING"})
    void whatTheNextHopDoesNotTakeIsReportedAsTheClientSentIt(Forwarding forwarding) {
        lvs.udp(VIP, 53, "rr").server(SERVER, 5353, forwarding);
        lvs.udp(VIP6, 53, "rr").server(SERVER6, 5353, forwarding);
        PacketBuilder query = ipv4(CLIENT, VIP).udp(1000, 53).payload("query");
        PacketBuilder query6 = ipv6(CLIENT6, VIP6).udp(1000, 53).payload("query");

        lvs.receive(query)
                .undeliverable()
                .answers(
                        DropReason.NEIGHBOUR_UNRESOLVED,
                        ipv4(VIP, CLIENT).tos(0xc0).icmpUnreachable(1, query.ttl(63).build()));
        lvs.receive(query6)
                .undeliverable()
                .answers(
                        DropReason.NEIGHBOUR_UNRESOLVED,
                        ipv6(VIP6, CLIENT6).icmpUnreachable(3, query6.ttl(63).build()));
        assertThat(lvs.total(Count.OUT_PACKETS)).isZero();
    }

    @Test
    void whatTheClientsSideDoesNotTakeIsDropped() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53).payload("query"));

        lvs.receive(ipv4(SERVER, CLIENT).udp(53, 1000).payload("answer"))
                .undeliverable()
                .drops(DropReason.NEIGHBOUR_UNRESOLVED);
    }

    @ParameterizedTest
    @EnumSource(names = {"NAT", "DIRECT_ROUTING"})
    void aTimeToLiveAtItsEndIsReported(Forwarding forwarding) {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, forwarding);
        lvs.udp(VIP6, 53, "rr").server(SERVER6, 53, forwarding);
        PacketBuilder query = ipv4(CLIENT, VIP).ttl(1).udp(1000, 53).payload("query");
        PacketBuilder query6 = ipv6(CLIENT6, VIP6).ttl(1).udp(1000, 53).payload("query");

        lvs.receive(query)
                .answers(
                        DropReason.TTL_EXPIRED,
                        ipv4(VIP, CLIENT).tos(0xc0).icmpTimeExceeded(query.build()));
        lvs.receive(query6)
                .answers(
                        DropReason.TTL_EXPIRED,
                        ipv6(VIP6, CLIENT6).icmpTimeExceeded(query6.build()));
        lvs.receive(ipv4(CLIENT, VIP).ttl(2).udp(1000, 53).payload("query")).forwardsTo(SERVER);
    }

    @ParameterizedTest
    @EnumSource(names = {"NAT", "DIRECT_ROUTING"})
    void whatMustNotBeFragmentedIsReportedWithTheMtuAndTheHopCounted(Forwarding forwarding) {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, forwarding);
        lvs.paths.mtu(Address.parse(SERVER), 1400);
        PacketBuilder query = ipv4(CLIENT, VIP).df().udp(1000, 53).payload(1373);
        byte[] quote = Arrays.copyOf(query.ttl(63).build(), 548);

        lvs.receive(query.ttl(64))
                .answers(
                        DropReason.TOO_BIG,
                        ipv4(VIP, CLIENT).tos(0xc0).icmpFragNeeded(1400, quote));
        lvs.receive(ipv4(CLIENT, VIP).df().udp(1000, 53).payload(1372))
                .forwardsTo(SERVER)
                .inFragmentsOf(0);
    }

    @Test
    void whatMayBeFragmentedIs() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        lvs.paths.mtu(Address.parse(SERVER), 1400);

        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53).payload(2000))
                .forwards(ipv4(CLIENT, SERVER).ttl(63).udp(1000, 53).payload(2000))
                .inFragmentsOf(1400);
    }

    @Test
    void anIpv6PacketThatIsTooBigIsReported() {
        lvs.udp(VIP6, 53, "rr").server(SERVER6, 53, NAT);
        lvs.paths.mtu(Address.parse(SERVER6), 1400);
        PacketBuilder query = ipv6(CLIENT6, VIP6).udp(1000, 53).payload(1353);
        byte[] quote = Arrays.copyOf(query.ttl(63).build(), 1232);

        lvs.receive(query.ttl(64))
                .answers(DropReason.TOO_BIG, ipv6(VIP6, CLIENT6).icmpFragNeeded(1400, quote));
    }

    @Test
    void aSuperPacketIsMeasuredByItsSegments() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.paths.mtu(Address.parse(SERVER), 1400);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));
        PacketBuilder data = ipv4(CLIENT, VIP).df().tcp(1000, 80).payload(10_000);
        byte[] quote = Arrays.copyOf(data.ttl(63).build(), 548);
        data.ttl(64);

        lvs.receive(data, packet -> packet.gsoSize(1360)).forwardsTo(SERVER);
        lvs.receive(data, packet -> packet.gsoSize(1361))
                .answers(
                        DropReason.TOO_BIG,
                        ipv4(VIP, CLIENT).tos(0xc0).icmpFragNeeded(1400, quote));
    }

    @Test
    void aReplyThatCannotBeForwardedIsLeftToTheStack() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));
        lvs.paths.mtu(Address.parse(CLIENT), 1400);

        lvs.receive(ipv4(SERVER, CLIENT).ttl(1).tcp(80, 1000))
                .passes(StackReason.REPLY_NOT_FORWARDABLE);
        lvs.receive(ipv4(SERVER, CLIENT).df().tcp(80, 1000).payload(1361))
                .passes(StackReason.REPLY_NOT_FORWARDABLE);
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).payload(1361))
                .forwardsTo(CLIENT)
                .inFragmentsOf(1400);
        lvs.paths.unroutable(Address.parse(CLIENT));
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000)).passes(StackReason.REPLY_NOT_FORWARDABLE);
        assertThat(lvs.count(SERVER, Count.OUT_PACKETS)).isEqualTo(1);
    }

    @Test
    void answersAreLimitedExceptThoseAboutSize() {
        lvs =
                new Lvs(
                        DirectorSettings.DEFAULT.with(it -> {
                            it.icmpPerSecond = 10;
                            it.icmpBurst = 3;
                        }));
        lvs.udp(VIP, 53, "rr");
        lvs.udp(VIP, 54, "rr").server(SERVER, 54, DIRECT_ROUTING);
        lvs.paths.mtu(Address.parse(SERVER), 1000);
        PacketBuilder query = ipv4(CLIENT, VIP).udp(1, 53);

        assertThat(answered(query, 10)).isEqualTo(3);
        assertThat(answered(ipv4(CLIENT, VIP).df().udp(1, 54).payload(1000), 10)).isEqualTo(10);
        lvs.after(0.2);
        assertThat(answered(query, 10)).isEqualTo(2);
        lvs.after(100);
        assertThat(answered(query, 10)).isEqualTo(3);
        assertThat(lvs.director.counters().read(Other.ANSWERS_SUPPRESSED)).isEqualTo(22);
        assertThat(lvs.director.counters().dropped(DropReason.NO_REAL_SERVER)).isEqualTo(30);
    }

    @Test
    void nobodyIsToldWhoCannotBeReached() {
        lvs.udp(VIP, 53, "rr");
        lvs.paths.unroutable(Address.parse("172.16.0.9"));

        lvs.receive(ipv4("172.16.0.9", VIP).udp(1, 53)).drops(DropReason.NO_REAL_SERVER);
        lvs.receive(ipv4("224.0.0.1", VIP).udp(1, 53)).drops(DropReason.NO_REAL_SERVER);
        lvs.receive(ipv4("0.0.0.0", VIP).udp(1, 53)).drops(DropReason.NO_REAL_SERVER);
    }

    private int answered(PacketBuilder packet, int count) {
        int answers = 0;
        for (int i = 0; i < count; i++) {
            answers += lvs.receive(packet).sent().size();
        }
        return answers;
    }
}
