package dev.sluice.wire;

import static dev.sluice.wire.PacketBuilder.ethernet;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;

/// The messages that are made here: ICMP errors, ARP, neighbour discovery, vnet headers.
final class MessagesTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String CLIENT6 = "2001:db8::1";
    private static final String VIP6 = "2001:db8:1::100";

    private final MemorySegment target = MemorySegment.ofArray(new byte[2000]);

    @Test
    void portUnreachableQuotesTheWholeShortPacket() {
        PacketBuilder packet = ipv4(CLIENT, VIP).tos(0x13).id(77).tcp(1000, 80).flags("S");
        // Precedence becomes internetwork control, ECN is cleared.
        byte[] expected =
                ipv4(VIP, CLIENT).tos(0xd0).id(77).icmpUnreachable(3, packet.build()).build();
        assertThat(error(IcmpError.PORT_UNREACHABLE, packet, VIP, 0)).isEqualTo(expected);
    }

    @Test
    void ipv4ErrorHas576BytesAtMost() {
        PacketBuilder packet = ipv4(CLIENT, VIP).df().udp(5000, 53).payload(1600);
        byte[] quote = Arrays.copyOf(packet.build(), 548);
        byte[] expected = ipv4(VIP, CLIENT).tos(0xc0).icmpFragNeeded(1400, quote).build();
        assertThat(expected).hasSize(576);
        assertThat(error(IcmpError.PACKET_TOO_BIG, packet, VIP, 1400)).isEqualTo(expected);
    }

    @Test
    void ipv6ErrorHas1280BytesAtMost() {
        PacketBuilder packet = ipv6(CLIENT6, VIP6).tos(0x10).udp(5000, 53).payload(1600);
        byte[] quote = Arrays.copyOf(packet.build(), 1232);
        byte[] expected = ipv6(VIP6, CLIENT6).icmpFragNeeded(1400, quote).build();
        assertThat(expected).hasSize(1280);
        assertThat(error(IcmpError.PACKET_TOO_BIG, packet, VIP6, 1400)).isEqualTo(expected);
    }

    @Test
    void eachErrorHasItsTypeInBothFamilies() {
        PacketBuilder v4 = ipv4(CLIENT, VIP).udp(1, 2);
        PacketBuilder v6 = ipv6(CLIENT6, VIP6).udp(1, 2);
        for (IcmpError error : IcmpError.values()) {
            int codes =
                    switch (error) {
                        case PORT_UNREACHABLE -> 0x0303_0104;
                        case HOST_UNREACHABLE -> 0x0301_0103;
                        case PACKET_TOO_BIG -> 0x0304_0200;
                        case TIME_EXCEEDED -> 0x0b00_0300;
                    };
            byte[] in4 = error(error, v4, VIP, 0);
            byte[] in6 = error(error, v6, VIP6, 0);
            assertThat(in4[20] << 24 | in4[21] << 16 | in6[40] << 8 | in6[41]).isEqualTo(codes);
        }
    }

    @Test
    void noErrorIsSentAboutErrorsAndLaterFragments() {
        byte[] quoted = ipv4(VIP, CLIENT).udp(1, 2).build();
        assertThat(allowed(ipv4(CLIENT, VIP).tcp(1, 2))).isTrue();
        assertThat(allowed(ipv4(CLIENT, VIP).echo(1, 2))).isTrue();
        assertThat(allowed(ipv4(CLIENT, VIP).icmpTimeExceeded(quoted))).isFalse();
        assertThat(allowed(ipv4(CLIENT, VIP).icmp(Icmp.REDIRECT, 0, 0))).isFalse();
        assertThat(allowed(ipv4(CLIENT, VIP).icmp(Icmp.PARAMETER_PROBLEM, 0, 0))).isFalse();
        assertThat(allowed(ipv4(CLIENT, VIP).fragment(8, false, 1).payload("x"))).isFalse();
        assertThat(allowed(ipv4("0.0.0.0", VIP).udp(1, 2))).isFalse();
        assertThat(allowed(ipv4("224.0.0.1", VIP).udp(1, 2))).isFalse();
        assertThat(allowed(ipv6(CLIENT6, VIP6).tcp(1, 2))).isTrue();
        assertThat(allowed(ipv6(CLIENT6, VIP6).icmpUnreachable(4, new byte[0]))).isFalse();
        assertThat(allowed(ipv6("::", VIP6).udp(1, 2))).isFalse();
        assertThat(allowed(ipv6("ff02::1", VIP6).udp(1, 2))).isFalse();
    }

    @Test
    void arpIsWhatItSays() {
        byte[] request =
                HexFormat.of().parseHex("00010800060400010200000000010a0000010000000000000a000002");
        Arp arp = Arp.request(0x0200_0000_0001L, 0x0a000001, 0x0a000002);
        arp.emit(target, 3);
        assertThat(target.asSlice(3, Arp.BYTES).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(request);
        assertThat(Arp.parse(target, 3, Arp.BYTES)).isEqualTo(arp);
        assertThat(Arp.parse(target, 3, Arp.BYTES - 1)).isNull();
        assertThat(Arp.parse(target, 2, Arp.BYTES)).isNull();
        assertThat(arp.reply(0x0200_0000_0002L))
                .isEqualTo(
                        new Arp(
                                Arp.REPLY,
                                0x0200_0000_0002L,
                                0x0a000002,
                                0x0200_0000_0001L,
                                0x0a000001));
    }

    @Test
    void neighbourMessagesSurviveTheWire() {
        Seeded.forAll(
                1_000,
                random -> {
                    Address source = Address.ipv6(random.nextLong(), random.nextLong());
                    Address other = Address.ipv6(random.nextLong(), random.nextLong());
                    Address wanted = Address.ipv6(random.nextLong(), random.nextLong());
                    long mac = random.nextBoolean() ? random.nextLong(1L << 48) : Ethernet.NO_MAC;
                    var solicitation = new NeighbourSolicitation(source, other, wanted, mac);
                    assertThat(NeighbourSolicitation.parse(parse(solicitation.emit(target, 5))))
                            .isEqualTo(solicitation);
                    var advertisement =
                            new NeighbourAdvertisement(
                                    source,
                                    other,
                                    wanted,
                                    random.nextBoolean(),
                                    random.nextBoolean(),
                                    random.nextBoolean(),
                                    mac);
                    assertThat(NeighbourAdvertisement.parse(parse(advertisement.emit(target, 5))))
                            .isEqualTo(advertisement);
                    assertThat(NeighbourSolicitation.parse(parse(advertisement.emit(target, 5))))
                            .isNull();
                });
    }

    @Test
    void solicitationThatPassedARouterIsIgnored() {
        var solicitation =
                NeighbourSolicitation.of(
                        Address.parse(CLIENT6), 0x0200_0000_0001L, Address.parse(VIP6));
        int length = solicitation.emit(target, 5);
        Ipv6.hopLimit(target, 5, 254);
        assertThat(NeighbourSolicitation.parse(parse(length))).isNull();
        Ipv6.hopLimit(target, 5, 255);
        Bytes.u8(target, 5 + 40 + 25, 0);
        PacketView endless = parse(length);
        Rewrite.fillChecksum(endless);
        assertThat(NeighbourSolicitation.parse(endless)).isNull();
    }

    @Test
    void questionGoesToTheSolicitedNodesAndTheAnswerBack() {
        var question =
                NeighbourSolicitation.of(
                        Address.parse(CLIENT6), 0x0200_0000_0001L, Address.parse("fe80::12:3456"));
        assertThat(question.destination()).hasToString("ff02::1:ff12:3456");
        assertThat(NeighbourSolicitation.multicastMac(question.destination()))
                .isEqualTo(0x3333_ff12_3456L);
        NeighbourAdvertisement answer = question.answer(0x0200_0000_0002L);
        assertThat(answer.destination()).hasToString(CLIENT6);
        assertThat(answer.solicited()).isTrue();

        var probe =
                new NeighbourSolicitation(
                        Address.ANY_IPV6,
                        question.destination(),
                        question.target(),
                        Ethernet.NO_MAC);
        assertThat(probe.answer(1).destination()).hasToString("ff02::1");
        assertThat(probe.answer(1).solicited()).isFalse();
    }

    @Test
    void vnetHeaderIsLittleEndian() {
        VnetHeader.clear(target, 1);
        VnetHeader.flags(target, 1, VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.gsoType(target, 1, VnetHeader.GSO_TCPV4);
        VnetHeader.headerLength(target, 1, 54);
        VnetHeader.gsoSize(target, 1, 1448);
        VnetHeader.checksumStart(target, 1, 34);
        VnetHeader.checksumOffset(target, 1, Tcp.CHECKSUM);
        assertThat(target.asSlice(1, VnetHeader.BYTES).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(HexFormat.of().parseHex("01013600a80522001000"));
        assertThat(VnetHeader.gsoSize(target, 1)).isEqualTo(1448);
        assertThat(VnetHeader.checksumStart(target, 1)).isEqualTo(34);
    }

    @Test
    void arpFrameIsBuiltByHand() {
        byte[] arp = new byte[Arp.BYTES];
        byte[] frame =
                ethernet("02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff").payload(Ethernet.TYPE_ARP, arp);
        assertThat(Ethernet.destination(MemorySegment.ofArray(frame), 0))
                .isEqualTo(Ethernet.BROADCAST);
        assertThat(frame).hasSize(Ethernet.HEADER_BYTES + Arp.BYTES);
    }

    private byte[] error(IcmpError error, PacketBuilder about, String from, int mtu) {
        Address source = Address.parse(from);
        int length = error.write(about.view(), source.high(), source.low(), mtu, target, 6);
        return target.asSlice(6, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private static boolean allowed(PacketBuilder packet) {
        return IcmpError.isAllowedAbout(packet.view());
    }

    private PacketView parse(int length) {
        PacketView view = new PacketView();
        assertThat(view.parse(target, 5, length)).isNull();
        return view;
    }
}
