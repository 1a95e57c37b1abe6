package dev.sluice.wire;

import static dev.sluice.wire.PacketBuilder.bytes;
import static dev.sluice.wire.PacketBuilder.ethernet;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

final class PacketViewTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String CLIENT6 = "2001:db8::1";
    private static final String VIP6 = "2001:db8:1::100";

    @Test
    void tcpOverIpv4ShowsItsFacts() {
        PacketView packet =
                ipv4(CLIENT, VIP)
                        .ttl(63)
                        .tos(0x12)
                        .id(77)
                        .df()
                        .tcp(1000, 80)
                        .flags("S")
                        .mss(1460)
                        .payload("abc")
                        .padding(4)
                        .view();
        assertThat(packet.isIpv6()).isFalse();
        assertThat(packet.length()).isEqualTo(20 + 24 + 3);
        assertThat(packet.headerLength()).isEqualTo(20);
        assertThat(packet.protocol()).isEqualTo(IpProtocol.TCP);
        assertThat(packet.transport()).isEqualTo(20);
        assertThat(packet.transportLength()).isEqualTo(27);
        assertThat(packet.payload()).isEqualTo(44);
        assertThat(packet.payloadLength()).isEqualTo(3);
        assertThat(packet.sourceHigh()).isZero();
        assertThat(packet.sourceLow()).isEqualTo(Address.parse(CLIENT).low());
        assertThat(packet.destinationLow()).isEqualTo(Address.parse(VIP).low());
        assertThat(packet.hasPorts()).isTrue();
        assertThat(packet.sourcePort()).isEqualTo(1000);
        assertThat(packet.destinationPort()).isEqualTo(80);
        assertThat(packet.tcpFlags()).isEqualTo(Tcp.SYN);
        assertThat(packet.ttl()).isEqualTo(63);
        assertThat(packet.trafficClass()).isEqualTo(0x12);
        assertThat(packet.fragmentId()).isEqualTo(77);
        assertThat(packet.dontFragment()).isTrue();
        assertThat(packet.isFragment()).isFalse();
        assertThat(packet.isIcmp()).isFalse();
    }

    @Test
    void udpBehindEveryExtensionHeaderIsFound() {
        PacketView packet =
                ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .ipv6(CLIENT6, VIP6)
                        .ttl(9)
                        .tos(0xb8)
                        .hopByHop()
                        .destinationOptions()
                        .routing(0)
                        .ah()
                        .udp(5000, 53)
                        .payload("abc")
                        .view();
        assertThat(packet.isIpv6()).isTrue();
        assertThat(packet.ip()).isEqualTo(14);
        assertThat(packet.headerLength()).isEqualTo(40 + 8 + 8 + 24 + 24);
        assertThat(packet.protocol()).isEqualTo(IpProtocol.UDP);
        assertThat(packet.destinationPort()).isEqualTo(53);
        assertThat(packet.sourceHigh()).isEqualTo(0x2001_0db8_0000_0000L);
        assertThat(packet.sourceLow()).isEqualTo(1);
        assertThat(packet.destinationHigh()).isEqualTo(0x2001_0db8_0001_0000L);
        assertThat(packet.destinationLow()).isEqualTo(0x100);
        assertThat(packet.ttl()).isEqualTo(9);
        assertThat(packet.trafficClass()).isEqualTo(0xb8);
        assertThat(packet.payloadLength()).isEqualTo(3);
    }

    @Test
    void extensionHeadersAreFollowedUpToTheBound() {
        PacketBuilder eight = ipv6(CLIENT6, VIP6);
        for (int i = 0; i < PacketView.MAX_EXTENSION_HEADERS; i++) {
            eight.destinationOptions();
        }
        assertThat(eight.udp(1, 2).view().hasPorts()).isTrue();
        assertThat(parse(eight.destinationOptions().udp(1, 2).build()))
                .isEqualTo(Malformed.IPV6_TOO_MANY_EXTENSIONS);
    }

    @Test
    void stopoverOfASourceRouteIsNotOurs() {
        assertThat(parse(ipv6(CLIENT6, VIP6).routing(1).udp(1, 2).build()))
                .isEqualTo(Malformed.IPV6_ROUTED);
    }

    @Test
    void twoFragmentHeadersAreOneTooMany() {
        assertThat(
                        parse(
                                ipv6(CLIENT6, VIP6)
                                        .fragment(0, true, 1)
                                        .fragment(0, true, 2)
                                        .udp(1, 2)
                                        .build()))
                .isEqualTo(Malformed.IPV6_EXTENSION);
    }

    @Test
    void fragmentsShowTheirPlace() {
        for (PacketBuilder datagram :
                List.of(ipv4(CLIENT, VIP).id(4711), ipv6(CLIENT6, VIP6).id(0x8000_0001))) {
            List<byte[]> pieces = datagram.udp(5000, 53).payload(3000).fragments(1280);
            for (int i = 0; i < pieces.size(); i++) {
                PacketView piece = view(pieces.get(i));
                assertThat(piece.isFragment()).isTrue();
                assertThat(piece.isFirstFragment()).isEqualTo(i == 0);
                assertThat(piece.hasPorts()).isEqualTo(i == 0);
                assertThat(piece.isLaterFragment()).isEqualTo(i > 0);
                assertThat(piece.isLastFragment()).isEqualTo(i == pieces.size() - 1);
                assertThat(piece.protocol()).isEqualTo(IpProtocol.UDP);
                assertThat(piece.fragmentId()).isEqualTo(piece.isIpv6() ? 0x8000_0001 : 4711);
                assertThat(piece.fragmentOffset() > 0).isEqualTo(i > 0);
            }
        }
    }

    @Test
    void atomicFragmentIsAWholePacket() {
        PacketView packet = ipv6(CLIENT6, VIP6).fragment(0, false, 5).tcp(1, 2).view();
        assertThat(packet.isFragment()).isFalse();
        assertThat(packet.hasPorts()).isTrue();
        assertThat(packet.fragmentId()).isEqualTo(5);
    }

    @Test
    void fragmentBeyondTheLargestPacketIsMalformed() {
        assertThat(parse(ipv4(CLIENT, VIP).fragment(65528, false, 1).payload(9).build()))
                .isEqualTo(Malformed.FRAGMENT);
        assertThat(parse(ipv4(CLIENT, VIP).fragment(800, true, 1).build()))
                .isEqualTo(Malformed.FRAGMENT);
    }

    @Test
    void firstFragmentMustHoldTheTransportHeader() {
        byte[] eight = Arrays.copyOf(ipv4(CLIENT, VIP).tcp(1, 2).build(), 28);
        byte[] tiny =
                ipv4(CLIENT, VIP)
                        .fragment(0, true, 1)
                        .transportBytes(IpProtocol.TCP, Arrays.copyOfRange(eight, 20, 28))
                        .build();
        assertThat(parse(tiny)).isEqualTo(Malformed.TCP_HEADER);
    }

    @Test
    void superPacketHasUpTo65535Bytes() {
        PacketView packet = ipv4(CLIENT, VIP).tcp(1, 2).payload(65535 - 40).view();
        assertThat(packet.length()).isEqualTo(65535);
        assertThat(packet.payloadLength()).isEqualTo(65495);
    }

    @Test
    void lengthZeroIsBelievedOnlyOfMoreThan65535Bytes() {
        byte[] big = ipv4(CLIENT, VIP).tcp(1, 2).payload(70_000).build();
        byte[] zero = withLength(big, 0);
        assertThat(view(zero).length()).isEqualTo(70_040);
        assertThat(parse(Arrays.copyOf(zero, 65535))).isEqualTo(Malformed.IPV4_LENGTH);

        byte[] big6 = ipv6(CLIENT6, VIP6).tcp(1, 2).payload(70_000).build();
        big6[4] = 0;
        big6[5] = 0;
        assertThat(view(big6).length()).isEqualTo(70_060);
        assertThat(parse(Arrays.copyOf(big6, 65575))).isEqualTo(Malformed.TCP_HEADER);
    }

    @Test
    void headerFaultsAreNamed() {
        assertThat(parse(new byte[0])).isEqualTo(Malformed.VERSION);
        assertThat(parse(bytes(0x50))).isEqualTo(Malformed.VERSION);
        byte[] good = ipv4(CLIENT, VIP).udp(1, 2).payload("abc").build();
        assertThat(parse(ipv4(CLIENT, VIP).wrongIpChecksum().udp(1, 2).build()))
                .isEqualTo(Malformed.IPV4_CHECKSUM);
        assertThat(parse(withByte(good, 0, 0x44))).isEqualTo(Malformed.IPV4_HEADER);
        assertThat(parse(withByte(good, 0, 0x4f))).isEqualTo(Malformed.IPV4_HEADER);
        assertThat(parse(withLength(good, 19))).isEqualTo(Malformed.IPV4_LENGTH);
        assertThat(parse(withLength(good, 32))).isEqualTo(Malformed.IPV4_LENGTH);
        assertThat(parse(withByte(good, 25, 7))).isEqualTo(Malformed.UDP_HEADER);
        assertThat(parse(withByte(good, 25, 12))).isEqualTo(Malformed.UDP_HEADER);
        byte[] tcp = ipv4(CLIENT, VIP).tcp(1, 2).build();
        assertThat(parse(withByte(tcp, 32, 0x40))).isEqualTo(Malformed.TCP_HEADER);
        assertThat(parse(withByte(tcp, 32, 0x60))).isEqualTo(Malformed.TCP_HEADER);
    }

    @Test
    void udpMayBeShorterThanItsPacket() {
        byte[] packet = withByte(ipv4(CLIENT, VIP).udp(1, 2).payload("abc").build(), 25, 9);
        assertThat(view(packet).payloadLength()).isEqualTo(3);
        assertThat(Rewrite.isChecksumRight(view(packet))).isFalse();
    }

    /// Only a whole packet is a packet; whatever is missing is noticed before it is read.
    @Test
    void everyTruncationIsMalformed() {
        for (byte[] packet : samples()) {
            assertThat(parse(packet)).isNull();
            for (int length = 0; length < packet.length; length++) {
                assertThat(parse(Arrays.copyOf(packet, length))).isNotNull();
            }
        }
    }

    @Test
    void icmpErrorShowsTheFlowItIsAbout() {
        byte[] quoted = ipv4(VIP, CLIENT).df().tcp(80, 1000).payload(100).build();
        PacketView packet =
                ipv4(CLIENT, VIP).icmpFragNeeded(1400, Arrays.copyOf(quoted, 28)).view();
        assertThat(packet.isIcmp()).isTrue();
        assertThat(packet.isIcmpError()).isTrue();
        assertThat(packet.hasQuote()).isTrue();
        assertThat(packet.hasPorts()).isFalse();
        assertThat(packet.icmpType()).isEqualTo(3);
        assertThat(packet.icmpCode()).isEqualTo(4);
        assertThat(Icmp.mtu(packet.frame(), packet.transport())).isEqualTo(1400);
        assertThat(packet.quotedIp()).isEqualTo(28);
        assertThat(packet.quote().protocol()).isEqualTo(IpProtocol.TCP);
        assertThat(packet.quotedTransport()).isEqualTo(48);
        assertThat(packet.quotedTransportLength()).isEqualTo(8);
        assertThat(packet.quotedHasPorts()).isTrue();
        assertThat(packet.quote().sourcePort()).isEqualTo(80);
        assertThat(packet.quote().destinationPort()).isEqualTo(1000);
        assertThat(packet.quote().sourceLow()).isEqualTo(Address.parse(VIP).low());
        assertThat(packet.quote().destinationLow()).isEqualTo(Address.parse(CLIENT).low());
    }

    @Test
    void icmpv6ErrorShowsTheFlowBehindExtensions() {
        byte[] quoted = ipv6(VIP6, CLIENT6).destinationOptions().udp(53, 5000).build();
        PacketView packet = ipv6(CLIENT6, VIP6).icmpUnreachable(4, quoted).view();
        assertThat(packet.isIcmpError()).isTrue();
        assertThat(packet.quote().isIpv6()).isTrue();
        assertThat(packet.quote().protocol()).isEqualTo(IpProtocol.UDP);
        assertThat(packet.quote().sourcePort()).isEqualTo(53);
        assertThat(packet.quote().destinationHigh()).isEqualTo(0x2001_0db8_0000_0000L);
    }

    @Test
    void quoteOfALaterFragmentHasNoPorts() {
        byte[] later = ipv4(VIP, CLIENT).udp(1, 2).payload(3000).fragments(1500).get(1);
        PacketView packet = ipv4(CLIENT, VIP).icmpTimeExceeded(Arrays.copyOf(later, 100)).view();
        assertThat(packet.hasQuote()).isTrue();
        assertThat(packet.quotedIsFragment()).isTrue();
        assertThat(packet.quotedIsLaterFragment()).isTrue();
        assertThat(packet.quotedHasPorts()).isFalse();
    }

    @Test
    void quoteShorterThanThePortsIsAnErrorWithoutAFlow() {
        byte[] quoted = ipv4(VIP, CLIENT).udp(1, 2).build();
        for (int length = 0; length <= quoted.length; length++) {
            PacketView packet =
                    ipv4(CLIENT, VIP).icmpTimeExceeded(Arrays.copyOf(quoted, length)).view();
            assertThat(packet.isIcmpError()).isTrue();
            assertThat(packet.hasQuote()).isEqualTo(length >= 20);
            assertThat(packet.quotedHasPorts()).isEqualTo(length >= 24);
        }
    }

    @Test
    void onlyErrorsAboutFlowsCount() {
        byte[] quoted = ipv4(VIP, CLIENT).udp(1, 2).build();
        for (int type = 0; type < 256; type++) {
            boolean expected = type == 3 || type == 4 || type == 11;
            assertThat(ipv4(CLIENT, VIP).icmp(type, 0, 0).payload(quoted).view().isIcmpError())
                    .as("type %d", type)
                    .isEqualTo(expected);
            assertThat(ipv6(CLIENT6, VIP6).icmp(type, 0, 0).view().isIcmpError())
                    .isEqualTo(type < 128);
        }
        assertThat(ipv4(CLIENT, VIP).echo(1, 1).view().hasQuote()).isFalse();
    }

    /// The ICMP of the other family is just a protocol.
    @Test
    void icmpBelongsToItsFamily() {
        assertThat(ipv4(CLIENT, VIP).transportBytes(58, new byte[4]).view().isIcmp()).isFalse();
        assertThat(ipv6(CLIENT6, VIP6).transportBytes(1, new byte[4]).view().isIcmp()).isFalse();
    }

    @Test
    void quoteCanBeFollowedIntoATunnel() {
        byte[] inner = ipv4(CLIENT, VIP).tcp(1000, 80).build();
        byte[] tunnel = ipv4("10.0.0.1", "10.0.0.2").transportBytes(4, inner).build();
        PacketView packet = ipv4("10.0.0.9", "10.0.0.1").icmpTimeExceeded(tunnel).view();
        assertThat(packet.quote().protocol()).isEqualTo(IpProtocol.IPV4);
        assertThat(packet.quoteAt(packet.quotedTransport())).isTrue();
        assertThat(packet.quote().protocol()).isEqualTo(IpProtocol.TCP);
        assertThat(packet.quote().destinationPort()).isEqualTo(80);
        assertThat(packet.quoteAt(packet.ip() + packet.length())).isFalse();
    }

    @Test
    void reusedViewForgetsTheLastPacket() {
        PacketView packet = new PacketView();
        byte[] quoted = ipv4(VIP, CLIENT).udp(1, 2).build();
        packet.parse(ipv4(CLIENT, VIP).icmpTimeExceeded(quoted).segment(), 0, 56);
        packet.mark(7);
        packet.gsoSize(1460);
        packet.partialChecksum(true);
        MemorySegment plain = ipv4(CLIENT, VIP).transportBytes(47, new byte[0]).segment();
        assertThat(packet.parse(plain, 0, 20)).isNull();
        assertThat(packet.isIcmpError()).isFalse();
        assertThat(packet.hasQuote()).isFalse();
        assertThat(packet.mark()).isZero();
        assertThat(packet.gsoSize()).isZero();
        assertThat(packet.isChecksumPartial()).isFalse();
    }

    static List<byte[]> samples() {
        byte[] quoted = ipv4(VIP, CLIENT).tcp(80, 1000).build();
        byte[] quoted6 = ipv6(VIP6, CLIENT6).hopByHop().tcp(80, 1000).build();
        return List.of(
                ipv4(CLIENT, VIP).tcp(1000, 80).flags("S").mss(1460).payload("abc").build(),
                ipv4(CLIENT, VIP).options(7, 7, 4, 0, 0, 0, 0, 0).udp(1, 2).payload("a").build(),
                ipv4(CLIENT, VIP).sctp(1, 2).chunk(Sctp.INIT, new byte[16]).build(),
                ipv4(CLIENT, VIP).icmpUnreachable(3, quoted).build(),
                ipv4(CLIENT, VIP).udp(1, 2).payload(3000).fragments(1500).get(0),
                ipv4(CLIENT, VIP).udp(1, 2).payload(100).fragments(68).get(1),
                ipv6(CLIENT6, VIP6).tcp(1000, 80).flags("S").mss(1460).payload("abc").build(),
                ipv6(CLIENT6, VIP6).hopByHop().routing(0).ah().udp(1, 2).payload("a").build(),
                ipv6(CLIENT6, VIP6).sctp(1, 2).chunk(Sctp.INIT, new byte[16]).build(),
                ipv6(CLIENT6, VIP6).icmpUnreachable(4, quoted6).build(),
                ipv6(CLIENT6, VIP6).udp(1, 2).payload(3000).fragments(1280).get(0),
                ipv6(CLIENT6, VIP6).udp(1, 2).payload(100).fragments(80).get(1),
                ipv4(CLIENT, VIP).echo(1, 2).build());
    }

    /// In memory of exactly this size, off the heap: reading a byte more would throw.
    private static @Nullable Malformed parse(byte[] packet) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(packet.length + 16L);
            MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 8, packet.length);
            return new PacketView().parse(memory.asSlice(8, packet.length), 0, packet.length);
        }
    }

    private static PacketView view(byte[] packet) {
        PacketView view = new PacketView();
        assertThat(view.parse(MemorySegment.ofArray(packet), 0, packet.length)).isNull();
        return view;
    }

    private static byte[] withByte(byte[] packet, int at, int value) {
        byte[] changed = packet.clone();
        changed[at] = (byte) value;
        return changed;
    }

    /// With a right IPv4 header checksum.
    private static byte[] withLength(byte[] packet, int length) {
        byte[] changed = packet.clone();
        MemorySegment frame = MemorySegment.ofArray(changed);
        Ipv4.totalLength(frame, 0, length);
        Ipv4.fillChecksum(frame, 0);
        return changed;
    }
}
