package dev.sluice.wire;

import static dev.sluice.wire.PacketBuilder.ip;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/// A rewritten packet is, byte for byte, the packet that would have been built with the new values.
final class RewriteTest {

    /// Where a flow starts and ends, and how far it has come.
    private record Flow(Address source, int sourcePort, Address destination, int port, int ttl) {}

    @Test
    void rewrittenPacketIsThePacketBuiltAnew() {
        Seeded.forAll(
                20_000,
                random -> {
                    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
                    boolean v6 = random.nextBoolean();
                    byte[] payload = payload(random);
                    Flow before = flow(random, v6);
                    Flow after = flow(random, v6);
                    after =
                            new Flow(
                                    after.source,
                                    after.sourcePort,
                                    after.destination,
                                    after.port,
                                    before.ttl - 1);
                    PacketView packet = kind.build(before, payload).view();
                    byte[] expected = kind.build(after, payload).build();

                    Rewrite.source(
                            packet, after.source.high(), after.source.low(), after.sourcePort);
                    Rewrite.destination(
                            packet, after.destination.high(), after.destination.low(), after.port);
                    Rewrite.decrementTtl(packet);

                    assertSame(packet, expected);
                    assertThat(packet.sourcePort())
                            .isEqualTo(packet.hasPorts() ? after.sourcePort : 0);
                    assertThat(packet.destinationLow()).isEqualTo(after.destination.low());
                });
    }

    @Test
    void quoteIsRewrittenWithItsChecksums() {
        Seeded.forAll(
                20_000,
                random -> {
                    boolean v6 = random.nextBoolean();
                    Kind kind = List.of(Kind.TCP, Kind.UDP, Kind.SCTP).get(random.nextInt(3));
                    byte[] payload = payload(random);
                    Flow before = flow(random, v6);
                    Flow after = flow(random, v6);
                    byte[] quoted = kind.build(before, payload).build();
                    int keep = (v6 ? 40 : 20) + 8 + random.nextInt(payload.length + 1);
                    quoted = Arrays.copyOf(quoted, Math.min(keep, quoted.length));
                    Address router = flow(random, v6).source;

                    PacketView packet = ip(router, before.source).icmpTimeExceeded(quoted).view();
                    Rewrite.quotedSource(
                            packet, after.source.high(), after.source.low(), after.sourcePort);
                    Rewrite.quotedDestination(
                            packet, after.destination.high(), after.destination.low(), after.port);
                    Rewrite.destination(packet, after.source.high(), after.source.low(), 0);

                    assertThat(Rewrite.isChecksumRight(packet)).isTrue();
                    // The quoted transport checksum is the only thing that stays.
                    PacketView parsed = new PacketView();
                    assertThat(parsed.parse(packet.frame(), 0, packet.length())).isNull();
                    assertThat(parsed.quote().sourceHigh()).isEqualTo(after.source.high());
                    assertThat(parsed.quote().sourceLow()).isEqualTo(after.source.low());
                    assertThat(parsed.quote().destinationLow()).isEqualTo(after.destination.low());
                    assertThat(parsed.quote().sourcePort()).isEqualTo(after.sourcePort);
                    assertThat(parsed.quote().destinationPort()).isEqualTo(after.port);
                    if (!v6) {
                        assertThat(Checksum.of(parsed.frame(), parsed.quotedIp(), 20)).isZero();
                    }
                });
    }

    @Test
    void wrongChecksumStaysWrong() {
        PacketView packet = ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).wrongChecksum().view();
        Rewrite.destination(packet, 0, 0x0a000003, 80);
        assertThat(Rewrite.isChecksumRight(packet)).isFalse();
    }

    @Test
    void udpWithoutChecksumGetsOneOnDemand() {
        PacketView packet = ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).noChecksum().payload("x").view();
        Rewrite.destination(packet, 0, 0x0a000003, 80);
        assertThat(Udp.checksum(packet.frame(), packet.transport())).isZero();
        Rewrite.fillChecksum(packet);
        assertSame(packet, ipv4("10.0.0.1", "10.0.0.3").udp(1, 80).payload("x").build());
    }

    /// All 2^16 values of a payload word: among them the one whose checksum comes to 0.
    @Test
    void computedUdpZeroIsWrittenAsAllOnes() {
        int seen = 0;
        for (int word = 0; word <= 0xffff; word++) {
            byte[] payload = {(byte) (word >>> 8), (byte) word};
            PacketView packet = ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(payload).view();
            Rewrite.destination(packet, 0, 0x0a000003, 80);
            int updated = Udp.checksum(packet.frame(), packet.transport());
            Rewrite.fillChecksum(packet);
            int full = Udp.checksum(packet.frame(), packet.transport());
            assertThat(updated).isEqualTo(full).isNotZero();
            seen += full == 0xffff ? 1 : 0;
        }
        assertThat(seen).isEqualTo(1);
    }

    @Test
    void partialChecksumBecomesWhole() {
        for (UnaryOperator<PacketBuilder> transport :
                List.<UnaryOperator<PacketBuilder>>of(p -> p.tcp(1, 2), p -> p.udp(1, 2))) {
            PacketView packet =
                    transport.apply(ipv6("::1", "::2")).payload("abc").partialChecksum().view();
            assertThat(Rewrite.isChecksumRight(packet)).isTrue();
            Rewrite.fillChecksum(packet);
            assertThat(packet.isChecksumPartial()).isFalse();
            assertSame(packet, transport.apply(ipv6("::1", "::2")).payload("abc").build());
        }
    }

    /// The kernel finishes a partial checksum by arithmetic that SCTP does not have.
    @Test
    void partialSctpChecksumIsCompletedWhateverChanges() {
        PacketView packet =
                ipv4("10.0.0.1", "10.0.0.2").sctp(1, 2).noChecksum().chunk(Sctp.INIT).view();
        packet.partialChecksum(true);
        Rewrite.destination(packet, 0, 0x0a000003, 2);
        assertThat(packet.isChecksumPartial()).isFalse();
        assertSame(packet, ipv4("10.0.0.1", "10.0.0.3").sctp(1, 2).chunk(Sctp.INIT).build());
    }

    @Test
    void fragmentsOfARewrittenPacketAreRewrittenFragments() {
        for (boolean v6 : new boolean[] {false, true}) {
            Address client = Address.parse(v6 ? "2001:db8::1" : "172.16.0.1");
            Address virtual = Address.parse(v6 ? "2001:db8::2" : "192.168.1.100");
            Address real = Address.parse(v6 ? "2001:db8::3" : "10.0.0.11");
            List<byte[]> before =
                    ip(client, virtual).id(9).udp(5000, 53).payload(3000).fragments(1280);
            List<byte[]> after =
                    ip(client, real).id(9).udp(5000, 5353).payload(3000).fragments(1280);
            assertThat(before).hasSizeGreaterThan(2);
            for (int i = 0; i < before.size(); i++) {
                PacketView piece = new PacketView();
                assertThat(
                                piece.parse(
                                        MemorySegment.ofArray(before.get(i)),
                                        0,
                                        before.get(i).length))
                        .isNull();
                Rewrite.destination(piece, real.high(), real.low(), 5353);
                assertSame(piece, after.get(i));
            }
        }
    }

    private enum Kind {
        TCP,
        UDP,
        SCTP,
        ECHO,
        OTHER,
        TCP_PARTIAL,
        UDP_PARTIAL,
        UDP_WITHOUT,
        TCP_WITH_EXTENSIONS;

        PacketBuilder build(Flow flow, byte[] payload) {
            PacketBuilder packet =
                    ip(flow.source, flow.destination).ttl(flow.ttl).tos(payload.length & 0xff);
            int from = flow.sourcePort;
            int to = flow.port;
            return switch (this) {
                case TCP -> packet.tcp(from, to).mss(1400).payload(payload);
                case UDP -> packet.udp(from, to).payload(payload);
                case SCTP -> packet.sctp(from, to).chunk(Sctp.DATA, payload);
                case ECHO -> packet.echo(1, 2).payload(payload);
                case OTHER -> packet.transportBytes(IpProtocol.GRE, payload);
                case TCP_PARTIAL -> packet.tcp(from, to).payload(payload).partialChecksum();
                case UDP_PARTIAL -> packet.udp(from, to).payload(payload).partialChecksum();
                case UDP_WITHOUT -> packet.udp(from, to).payload(payload).noChecksum();
                case TCP_WITH_EXTENSIONS -> {
                    if (flow.source.isIpv6()) {
                        packet.hopByHop().routing(0).destinationOptions().ah();
                    } else {
                        packet.options(7, 7, 4, 0, 0, 0, 0, 1);
                    }
                    yield packet.tcp(from, to).payload(payload);
                }
            };
        }
    }

    private static Flow flow(SplittableRandom random, boolean v6) {
        return new Flow(
                address(random, v6),
                port(random),
                address(random, v6),
                port(random),
                2 + random.nextInt(254));
    }

    private static Address address(SplittableRandom random, boolean v6) {
        return v6 ? Address.ipv6(edgy(random), edgy(random)) : Address.ipv4((int) edgy(random));
    }

    /// Zeros and ones are where checksum arithmetic goes wrong.
    private static long edgy(SplittableRandom random) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 0xffff_0000_ffff_0000L;
            default -> random.nextLong();
        };
    }

    private static int port(SplittableRandom random) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> 0xffff;
            default -> random.nextInt(0x1_0000);
        };
    }

    private static byte[] payload(SplittableRandom random) {
        byte[] payload = new byte[random.nextInt(64)];
        if (random.nextInt(3) > 0) {
            random.nextBytes(payload);
        }
        return payload;
    }

    private static void assertSame(PacketView packet, byte[] expected) {
        byte[] bytes = packet.frame().toArray(ValueLayout.JAVA_BYTE);
        if (!Arrays.equals(bytes, expected)) {
            assertThat(PacketPrinter.describe(bytes)).isEqualTo(PacketPrinter.describe(expected));
            assertThat(bytes).isEqualTo(expected);
        }
    }
}
