package dev.sluice.director;

import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Encapsulation.Checksum;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.Address;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketView;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A service with tunnels: requests go to the real server inside other packets, replies never pass
/// here. What the kernel does with every header is in the scenarios `tunnel-*`.
final class TunnelTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final String DIRECTOR = "10.0.0.254";
    private static final String ROUTER = "10.0.0.1";
    private static final String CLIENT6 = "2001:db8:c::1";
    private static final String VIP6 = "2001:db8:1::100";
    private static final String SERVER6 = "2001:db8:10::11";
    private static final Encapsulation GUE =
            new Encapsulation(Encapsulation.Type.GUE, 6080, Checksum.NONE);
    private static final Encapsulation GUE_SUM =
            new Encapsulation(Encapsulation.Type.GUE, 6080, Checksum.FULL);
    private static final Encapsulation GRE_SUM =
            new Encapsulation(Encapsulation.Type.GRE, 0, Checksum.FULL);

    private final Lvs lvs = new Lvs();

    @Test
    void acceptanceFact59() {
        lvs.tcp(VIP, 80, "rr").tunnel(SERVER, Encapsulation.IPIP);

        lvs.receive(ipv4(CLIENT, VIP).tos(3).df().tcp(1000, 80).flags("S"))
                .forwards(
                        ipv4(DIRECTOR, SERVER)
                                .ttl(63)
                                .tos(2)
                                .df()
                                .transportBytes(
                                        IpProtocol.IPV4,
                                        ipv4(CLIENT, VIP)
                                                .ttl(63)
                                                .tos(3)
                                                .df()
                                                .tcp(1000, 80)
                                                .flags("S")
                                                .build()))
                .forwardsTo(SERVER);
    }

    @Test
    void acceptanceFact60() {
        assertLimit(Encapsulation.IPIP, 1480);
        assertLimit(GUE, 1468);
        assertLimit(new Encapsulation(Encapsulation.Type.GRE, 0, Checksum.NONE), 1476);
        assertLimit(GRE_SUM, 1472);
    }

    private static void assertLimit(Encapsulation encapsulation, int bytes) {
        Lvs lvs = new Lvs();
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, encapsulation);
        PacketBuilder fits = ipv4(CLIENT, VIP).df().udp(1, 53).payload(bytes - 28);
        PacketBuilder tooBig = ipv4(CLIENT, VIP).df().udp(1, 53).payload(bytes - 27);

        lvs.receive(fits);
        assertThat(lvs.verdict().bytes()).isEqualTo(1500);
        lvs.receive(tooBig);
        assertThat(lvs.verdict().reason()).isEqualTo(DropReason.TOO_BIG);
        PacketView told = parsed(lvs.sent().getFirst().bytes());
        assertThat(dev.sluice.wire.Icmp.mtu(told.frame(), told.transport())).isEqualTo(bytes);
    }

    @Test
    void acceptanceFact61() {
        lvs.set(Setting.PMTU_DISC, 0);
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, Encapsulation.IPIP);

        lvs.receive(ipv4(CLIENT, VIP).df().udp(1, 53).payload(1453)).inFragmentsOf(1500);
        assertThat(parsed(lvs.leaving()).dontFragment()).isFalse();
        assertThat(lvs.sent()).isEmpty();
    }

    /// The kernel's first word to the client is what fitted before.
    @Test
    void acceptanceFact64AndTheFirstWordIsRight() {
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, GUE);
        PacketBuilder query = ipv4(CLIENT, VIP).df().udp(1, 53).payload(1400);
        lvs.receive(query);
        byte[] left = lvs.leaving();

        lvs.receive(ipv4(ROUTER, DIRECTOR).icmp(3, 4, 1400).payload(left))
                .answers(
                        DropReason.TUNNEL_ERROR,
                        ipv4(VIP, CLIENT)
                                .tos(0xc0)
                                .icmp(3, 4, 1400 - 32)
                                .payload(Arrays.copyOfRange(left, 32, 32 + 548)));
        lvs.receive(query);
        assertThat(lvs.verdict().reason()).isEqualTo(DropReason.TOO_BIG);
        lvs.after(599).receive(query);
        assertThat(lvs.verdict().reason()).isEqualTo(DropReason.TOO_BIG);
        lvs.after(2).receive(query).forwardsTo(SERVER);
    }

    @Test
    void aRouterIsNotBelievedWhenItSaysNextToNothing() {
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, Encapsulation.IPIP);
        lvs.receive(ipv4(CLIENT, VIP).df().udp(1, 53).payload(500));
        byte[] left = lvs.leaving();

        lvs.receive(ipv4(ROUTER, DIRECTOR).icmp(3, 4, 100).payload(left));
        PacketView told = parsed(lvs.sent().getFirst().bytes());
        assertThat(dev.sluice.wire.Icmp.mtu(told.frame(), told.transport())).isEqualTo(552 - 20);
        lvs.receive(ipv4(CLIENT, VIP).df().udp(1, 53).payload(552 - 48)).forwardsTo(SERVER);
    }

    /// RFC 8200 §5: no route may say less than 1280.
    @Test
    void anIpv6TunnelIsNeverCutIntoLessThanEveryLinkCarries() {
        lvs.paths.mtu(Address.parse(SERVER6), 1000);
        lvs.udp(VIP, 53, "rr").tunnel(SERVER6, Encapsulation.IPIP);

        lvs.receive(ipv4(CLIENT, VIP).udp(1, 53).payload(1100)).forwardsTo(SERVER6);
        lvs.receive(ipv4(CLIENT, VIP).udp(2, 53).payload(1300)).inFragmentsOf(1280);
    }

    @Test
    void errorsOfThePathReachTheClientInHisFamily() {
        lvs.udp(VIP6, 53, "rr").tunnel(SERVER, Encapsulation.IPIP);
        lvs.receive(ipv6(CLIENT6, VIP6).udp(1, 53).payload(100));
        byte[] left = lvs.leaving();

        lvs.receive(ipv4(ROUTER, DIRECTOR).icmp(3, 1, 0).payload(left))
                .answers(
                        DropReason.TUNNEL_ERROR,
                        ipv6(VIP6, CLIENT6)
                                .icmp(1, 3, 0)
                                .payload(Arrays.copyOfRange(left, 20, left.length)));
    }

    @Test
    void errorsOfAnIpv6PathAreUnderstoodToo() {
        lvs.udp(VIP, 53, "rr").tunnel(SERVER6, GRE_SUM);
        lvs.receive(ipv4(CLIENT, VIP).df().udp(1, 53).payload(1400));
        byte[] left = lvs.leaving();

        lvs.receive(ipv6("2001:db8:10::1", "2001:db8:10::254").icmp(2, 0, 1300).payload(left));
        assertThat(lvs.verdict().reason()).isEqualTo(DropReason.TUNNEL_ERROR);
        PacketView told = parsed(lvs.sent().getFirst().bytes());
        assertThat(told.destinationLow()).isEqualTo(Address.parse(CLIENT).low());
        assertThat(dev.sluice.wire.Icmp.mtu(told.frame(), told.transport())).isEqualTo(1300 - 48);
    }

    @Test
    void errorsAboutOthersPacketsAreTheStacks() {
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, Encapsulation.IPIP);
        lvs.receive(ipv4(CLIENT, VIP).udp(1, 53));
        byte[] inner = ipv4(CLIENT, VIP).ttl(63).udp(1, 53).build();
        byte[] ofAnother = ipv4(CLIENT, VIP).ttl(63).udp(2, 53).build();

        passes(ipv4(DIRECTOR, SERVER).transportBytes(IpProtocol.IPV4, ofAnother));
        passes(ipv4(DIRECTOR, "10.0.0.12").transportBytes(IpProtocol.IPV4, inner));
        passes(ipv4("10.0.0.253", SERVER).transportBytes(IpProtocol.IPV4, inner));
        passes(ipv4(DIRECTOR, SERVER).transportBytes(IpProtocol.IPV6, inner));
        passes(ipv4(DIRECTOR, SERVER).transportBytes(IpProtocol.IPV4, Arrays.copyOf(inner, 22)));
        passes(ipv4(DIRECTOR, SERVER).udp(5, 53));
    }

    private void passes(PacketBuilder about) {
        lvs.receive(ipv4(ROUTER, DIRECTOR).icmp(3, 1, 0).payload(about.build()))
                .passes(StackReason.UNRELATED_ERROR);
    }

    @Test
    void aSuperPacketIsCutAndEachPieceWrapped() {
        lvs.tcp(VIP, 80, "rr").tunnel(SERVER, GUE_SUM);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));
        byte[] payload = new byte[3500];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) (i * 7);
        }

        lvs.receive(
                ipv4(CLIENT, VIP)
                        .id(9)
                        .df()
                        .tcp(1000, 80)
                        .flags("PA")
                        .seq(77)
                        .payload(payload)
                        .partialChecksum(),
                it -> it.gsoSize(1000));

        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        List<byte[]> all =
                new java.util.ArrayList<>(lvs.sent().stream().map(TestOutbox.Sent::bytes).toList());
        all.add(lvs.leaving());
        assertThat(all).hasSize(4);
        for (int i = 0; i < 4; i++) {
            byte[] inner = Arrays.copyOfRange(all.get(i), 32, all.get(i).length);
            byte[] part = Arrays.copyOfRange(payload, i * 1000, Math.min(3500, i * 1000 + 1000));
            assertThat(inner)
                    .isEqualTo(
                            ipv4(CLIENT, VIP)
                                    .id(9 + i)
                                    .ttl(63)
                                    .df()
                                    .tcp(1000, 80)
                                    .flags(i == 3 ? "PA" : "A")
                                    .seq(77 + i * 1000L)
                                    .payload(part)
                                    .build());
            PacketView outer = parsed(all.get(i));
            assertThat(dev.sluice.wire.Rewrite.isChecksumRight(outer)).isTrue();
            sent.writeBytes(part);
        }
        assertThat(sent.toByteArray()).isEqualTo(payload);
        assertThat(lvs.packet().gsoSize()).isZero();
        assertThat(lvs.packet().isChecksumPartial()).isFalse();
    }

    /// Shorter segments instead of fragments.
    @Test
    void aSuperPacketWhoseSegmentsDoNotFitIsCutIntoShorterOnes() {
        lvs.tcp(VIP, 80, "rr").tunnel(SERVER, Encapsulation.IPIP);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));

        lvs.receive(
                ipv4(CLIENT, VIP).tcp(1000, 80).flags("A").payload(4380).partialChecksum(),
                it -> it.gsoSize(1460));

        assertThat(lvs.sent()).hasSize(3).allSatisfy(it -> assertThat(it.bytes()).hasSize(1500));
        assertThat(lvs.verdict().fragmentBytes()).isZero();
        assertThat(lvs.verdict().bytes()).isEqualTo(60 + 4380 - 3 * 1440);
    }

    @Test
    void datagramsOfASuperPacketThatDoNotFitAreFragmented() {
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, Encapsulation.IPIP);

        lvs.receive(
                ipv4(CLIENT, VIP).udp(1000, 53).payload(1472 * 2 + 10).partialChecksum(),
                it -> it.gsoSize(1472));

        assertThat(lvs.sent()).hasSize(4);
        assertThat(lvs.verdict().bytes()).isEqualTo(48 + 10);
        assertThat(lvs.verdict().fragmentBytes()).isZero();
    }

    @Test
    void theSourcePortOfGueTellsFlowsApart() {
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, GUE);
        Set<Integer> ports = new HashSet<>();
        for (int client = 1; client <= 100; client++) {
            lvs.receive(ipv4(CLIENT, VIP).udp(1000 + client, 53));
            int port = parsed(lvs.leaving()).sourcePort();
            lvs.receive(ipv4(CLIENT, VIP).udp(1000 + client, 53).payload(9));
            assertThat(parsed(lvs.leaving()).sourcePort()).isEqualTo(port).isBetween(32768, 60999);
            ports.add(port);
        }
        assertThat(ports).hasSizeGreaterThan(95);
    }

    @Test
    void aClientIsToldWhenTheServersLinkAddressIsNotFound() {
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, GRE_SUM);

        lvs.receive(ipv4(CLIENT, VIP).udp(1, 53)).undeliverable();
        assertThat(lvs.verdict().reason()).isEqualTo(DropReason.NEIGHBOUR_UNRESOLVED);
        PacketView told = parsed(lvs.sent().getFirst().bytes());
        assertThat(told.destinationLow()).isEqualTo(Address.parse(CLIENT).low());
        assertThat(told.quote().destinationLow()).isEqualTo(Address.parse(VIP).low());
    }

    @Test
    void aServerThatIsTheDirectorGetsThePacketUnwrapped() {
        lvs.udp(VIP, 53, "rr").tunnel(SERVER, Encapsulation.IPIP);
        lvs.paths.local(Address.parse(SERVER));

        lvs.receive(ipv4(CLIENT, VIP).udp(1, 53)).passes(StackReason.LOCAL_REAL_SERVER);
    }

    @Test
    void aConnectionKeepsItsMethodAndFollowsTheEncapsulation() {
        Lvs.Draft service = lvs.udp(VIP, 53, "rr").tunnel(SERVER, Encapsulation.IPIP);
        lvs.receive(ipv4(CLIENT, VIP).udp(1, 53));
        service.forwarding(SERVER, Forwarding.NAT);

        lvs.receive(ipv4(CLIENT, VIP).udp(1, 53));
        assertThat(parsed(lvs.leaving()).protocol()).isEqualTo(IpProtocol.IPV4);
    }

    private static PacketView parsed(byte[] packet) {
        PacketView view = new PacketView();
        assertThat(view.parse(MemorySegment.ofArray(packet), 0, packet.length)).isNull();
        return view;
    }
}
