package dev.sluice.wire;

import static dev.sluice.wire.PacketBuilder.ethernet;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/// The builder against bytes made elsewhere, and the printer against the builder.
final class PacketBuilderTest {

    @Test
    void headerIsTheOneOfTheTextbooks() {
        // The example that most explanations of the IPv4 checksum share.
        byte[] packet =
                ipv4("192.168.0.1", "192.168.0.199").df().udp(1, 2).payload(0x73 - 28).build();
        assertThat(HexFormat.of().formatHex(packet, 0, 20))
                .isEqualTo("45000073000040004011b861c0a80001c0a800c7");
    }

    @Test
    void printedWordsBuildThePacket() {
        assertThat(
                        PacketPrinter.builder(
                                ipv4("172.16.0.1", "192.168.1.100")
                                        .ttl(63)
                                        .tos(0x10)
                                        .id(7)
                                        .df()
                                        .tcp(1000, 80)
                                        .flags("S")
                                        .seq(4_000_000_000L)
                                        .ack(0)
                                        .mss(1460)
                                        .payload("GET /")
                                        .build()))
                .isEqualTo(
                        "ipv4(\"172.16.0.1\", \"192.168.1.100\").ttl(63).tos(0x10).id(7).df()"
                                + ".tcp(1000, 80).flags(\"S\").seq(4000000000L).ack(0L).mss(1460)"
                                + ".payload(\"GET /\")");
        assertThat(
                        PacketPrinter.builder(
                                ipv6("2001:db8::1", "2001:db8::2")
                                        .destinationOptions()
                                        .udp(5000, 53)
                                        .wrongChecksum()
                                        .payload(new byte[] {0, 1})
                                        .build()))
                .isEqualTo(
                        "ipv6(\"2001:db8::1\", \"2001:db8::2\")"
                                + ".extension(60, 17, 0, 1, 4, 0, 0, 0, 0).udp(5000, 53)"
                                + ".payload(HexFormat.of().parseHex(\"0001\")).wrongChecksum()");
    }

    @Test
    void lineReadsLikeTcpdump() {
        byte[] quoted = ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).build();
        assertThat(
                        PacketPrinter.line(
                                ipv4("10.0.0.2", "10.0.0.1").icmpUnreachable(3, quoted).build()))
                .isEqualTo(
                        "IP 10.0.0.2 > 10.0.0.1: ICMP type 3 code 3, length 36,"
                                + " about 10.0.0.1.1 > 10.0.0.2.2 protocol 17 (ttl 64, length 56)");
        assertThat(PacketPrinter.line(ipv6("::1", "::2").tcp(1, 2).partialChecksum().build()))
                .isEqualTo(
                        "IP6 ::1.1 > ::2.2: Flags [.], seq 1, ack 1, win 65535, length 0"
                                + " (ttl 64, length 60) partial checksum");
    }

    @Test
    void framesHaveTheirTags() {
        byte[] frame =
                ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .vlan(7)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .udp(1, 2)
                        .build();
        var segment = MemorySegment.ofArray(frame);
        assertThat(Ethernet.source(segment, 0)).isEqualTo(0x0200_0000_0001L);
        assertThat(Ethernet.destination(segment, 0)).isEqualTo(0x0200_0000_0002L);
        assertThat(Ethernet.type(segment, 0)).isEqualTo(Ethernet.TYPE_VLAN);
        assertThat(Vlan.id(segment, 14)).isEqualTo(7);
        assertThat(Vlan.type(segment, 14)).isEqualTo(Ethernet.TYPE_IPV4);
        assertThat(Ipv4.version(segment, 18)).isEqualTo(4);
    }
}
