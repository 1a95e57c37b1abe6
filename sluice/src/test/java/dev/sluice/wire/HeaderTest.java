package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Each field of each header: where the drawing of its standard says, of the width it says. A value
/// that is written is read again, stands in exactly those bits, and no other bit has changed.
final class HeaderTest {

    /// Headers start anywhere.
    private static final int START = 5;

    private static final int MEMORY_BYTES = 64;

    record Field(
            String name,
            int bit,
            int bits,
            int unit,
            boolean littleEndian,
            LongGetter getter,
            @Nullable LongSetter setter) {

        /// What the field counts in, where that is not one.
        Field unit(int newUnit) {
            return new Field(name, bit, bits, newUnit, littleEndian, getter, setter);
        }

        Field leastFirst() {
            return new Field(name, bit, bits, unit, true, getter, setter);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @FunctionalInterface
    private interface LongGetter {
        long get(MemorySegment frame, long header);
    }

    @FunctionalInterface
    private interface LongSetter {
        void set(MemorySegment frame, long header, long value);
    }

    @FunctionalInterface
    private interface IntGetter {
        int get(MemorySegment frame, long header);
    }

    @FunctionalInterface
    private interface IntSetter {
        void set(MemorySegment frame, long header, int value);
    }

    /// @param at the byte and the bit in it, counted from the most significant as in the RFCs
    private static Field ints(
            String name, double at, int bits, IntGetter getter, @Nullable IntSetter setter) {
        return longs(
                name,
                at,
                bits,
                (frame, header) -> getter.get(frame, header) & 0xffff_ffffL,
                setter == null
                        ? null
                        : (frame, header, value) -> setter.set(frame, header, (int) value));
    }

    private static Field longs(
            String name, double at, int bits, LongGetter getter, @Nullable LongSetter setter) {
        int bit = ((int) at) * 8 + (int) Math.round((at - (int) at) * 10);
        return new Field(name, bit, bits, 1, false, getter, setter);
    }

    private static Stream<Field> fields() {
        return Stream.of(
                longs("Ethernet destination", 0, 48, Ethernet::destination, Ethernet::destination),
                longs("Ethernet source", 6, 48, Ethernet::source, Ethernet::source),
                ints("Ethernet type", 12, 16, Ethernet::type, Ethernet::type),
                ints("Vlan tag", 0, 16, Vlan::tag, Vlan::tag),
                ints("Vlan priority", 0, 3, Vlan::priority, null),
                ints("Vlan id", 0.4, 12, Vlan::id, null),
                ints("Vlan type", 2, 16, Vlan::type, Vlan::type),
                ints("Ipv4 version", 0, 4, Ipv4::version, null),
                ints("Ipv4 headerLength", 0.4, 4, Ipv4::headerLength, null).unit(4),
                ints("Ipv4 tos", 1, 8, Ipv4::tos, Ipv4::tos),
                ints("Ipv4 totalLength", 2, 16, Ipv4::totalLength, Ipv4::totalLength),
                ints("Ipv4 id", 4, 16, Ipv4::id, Ipv4::id),
                ints("Ipv4 fragmentWord", 6, 16, Ipv4::fragmentWord, Ipv4::fragmentWord),
                ints("Ipv4 ttl", 8, 8, Ipv4::ttl, Ipv4::ttl),
                ints("Ipv4 protocol", 9, 8, Ipv4::protocol, Ipv4::protocol),
                ints("Ipv4 checksum", 10, 16, Ipv4::checksum, Ipv4::checksum),
                longs("Ipv4 source", 12, 32, Ipv4::source, Ipv4::source),
                longs("Ipv4 destination", 16, 32, Ipv4::destination, Ipv4::destination),
                ints("Ipv6 trafficClass", 0.4, 8, Ipv6::trafficClass, Ipv6::trafficClass),
                ints("Ipv6 flowLabel", 1.4, 20, Ipv6::flowLabel, null),
                ints("Ipv6 payloadLength", 4, 16, Ipv6::payloadLength, Ipv6::payloadLength),
                ints("Ipv6 nextHeader", 6, 8, Ipv6::nextHeader, Ipv6::nextHeader),
                ints("Ipv6 hopLimit", 7, 8, Ipv6::hopLimit, Ipv6::hopLimit),
                longs("Ipv6 sourceHigh", 8, 64, Ipv6::sourceHigh, null),
                longs("Ipv6 sourceLow", 16, 64, Ipv6::sourceLow, null),
                longs("Ipv6 destinationHigh", 24, 64, Ipv6::destinationHigh, null),
                longs("Ipv6 destinationLow", 32, 64, Ipv6::destinationLow, null),
                ints("Ipv6 fragmentOffset", 2, 13, Ipv6::fragmentOffset, null).unit(8),
                ints("Ipv6 moreFragments", 3.7, 1, HeaderTest::moreFragments, null),
                ints("Ipv6 fragmentId", 4, 32, Ipv6::fragmentId, null),
                ints("Icmp type", 0, 8, Icmp::type, Icmp::type),
                ints("Icmp code", 1, 8, Icmp::code, Icmp::code),
                ints("Icmp checksum", 2, 16, Icmp::checksum, Icmp::checksum),
                ints("Icmp identifier", 4, 16, Icmp::identifier, Icmp::identifier),
                ints("Icmp sequence", 6, 16, Icmp::sequence, Icmp::sequence),
                ints("Icmp mtu", 6, 16, Icmp::mtu, Icmp::mtu),
                ints("Icmpv6 type", 0, 8, Icmpv6::type, Icmpv6::type),
                ints("Icmpv6 code", 1, 8, Icmpv6::code, Icmpv6::code),
                ints("Icmpv6 checksum", 2, 16, Icmpv6::checksum, Icmpv6::checksum),
                longs("Icmpv6 mtu", 4, 32, Icmpv6::mtu, Icmpv6::mtu),
                ints("Tcp sourcePort", 0, 16, Tcp::sourcePort, Tcp::sourcePort),
                ints("Tcp destinationPort", 2, 16, Tcp::destinationPort, Tcp::destinationPort),
                longs("Tcp sequence", 4, 32, Tcp::sequence, Tcp::sequence),
                longs("Tcp acknowledgement", 8, 32, Tcp::acknowledgement, Tcp::acknowledgement),
                ints("Tcp headerLength", 12, 4, Tcp::headerLength, Tcp::headerLength).unit(4),
                ints("Tcp flags", 13, 8, Tcp::flags, Tcp::flags),
                ints("Tcp window", 14, 16, Tcp::window, Tcp::window),
                ints("Tcp checksum", 16, 16, Tcp::checksum, Tcp::checksum),
                ints("Udp sourcePort", 0, 16, Udp::sourcePort, Udp::sourcePort),
                ints("Udp destinationPort", 2, 16, Udp::destinationPort, Udp::destinationPort),
                ints("Udp length", 4, 16, Udp::length, Udp::length),
                ints("Udp checksum", 6, 16, Udp::checksum, Udp::checksum),
                ints("Sctp sourcePort", 0, 16, Sctp::sourcePort, Sctp::sourcePort),
                ints("Sctp destinationPort", 2, 16, Sctp::destinationPort, Sctp::destinationPort),
                longs("Sctp verificationTag", 4, 32, Sctp::verificationTag, Sctp::verificationTag),
                ints("Sctp checksum", 8, 32, Sctp::checksum, Sctp::checksum).leastFirst(),
                ints("Sctp chunkType", 0, 8, Sctp::chunkType, null),
                ints("Sctp chunkLength", 2, 16, Sctp::chunkLength, null),
                ints("Vnet flags", 0, 8, VnetHeader::flags, VnetHeader::flags),
                ints("Vnet gsoType", 1, 8, VnetHeader::gsoType, VnetHeader::gsoType),
                ints("Vnet headerLength", 2, 16, VnetHeader::headerLength, VnetHeader::headerLength)
                        .leastFirst(),
                ints("Vnet gsoSize", 4, 16, VnetHeader::gsoSize, VnetHeader::gsoSize).leastFirst(),
                ints("Vnet start", 6, 16, VnetHeader::checksumStart, VnetHeader::checksumStart)
                        .leastFirst(),
                ints("Vnet offset", 8, 16, VnetHeader::checksumOffset, VnetHeader::checksumOffset)
                        .leastFirst());
    }

    @ParameterizedTest
    @MethodSource("fields")
    void aFieldIsItsBitsAndNoOthers(Field field) {
        for (int background : new int[] {0x00, 0xff, 0xa5}) {
            for (long value : values(field.bits)) {
                byte[] before = new byte[MEMORY_BYTES];
                Arrays.fill(before, (byte) background);
                byte[] expected = before.clone();
                write(expected, field, value);

                MemorySegment read = MemorySegment.ofArray(expected.clone());
                assertThat(field.getter.get(read, START)).isEqualTo(value * field.unit);
                if (field.setter != null) {
                    MemorySegment written = MemorySegment.ofArray(before);
                    field.setter.set(written, START, value * field.unit);
                    assertThat(written.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
                }
            }
        }
    }

    /// These set several fields at once.
    @ParameterizedTest
    @MethodSource("backgrounds")
    void settersOfSeveralFieldsWriteThemAll(int background) {
        byte[] before = new byte[MEMORY_BYTES];
        Arrays.fill(before, (byte) background);
        byte[] expected = before.clone();
        expected[START] = 0x4f;
        MemorySegment ipv4 = MemorySegment.ofArray(before.clone());
        Ipv4.headerLength(ipv4, START, 60);
        assertThat(ipv4.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);

        byte[] word = {0x6a, (byte) 0xb1, 0x23, 0x45};
        expected = before.clone();
        System.arraycopy(word, 0, expected, START, 4);
        MemorySegment ipv6 = MemorySegment.ofArray(before.clone());
        Ipv6.firstWord(ipv6, START, 0xab, 0x1_2345);
        assertThat(ipv6.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);

        for (boolean source : new boolean[] {true, false}) {
            expected = before.clone();
            for (int i = 0; i < 16; i++) {
                expected[START + (source ? 8 : 24) + i] = (byte) (0x11 * i);
            }
            ipv6 = MemorySegment.ofArray(before.clone());
            if (source) {
                Ipv6.source(ipv6, START, 0x0011_2233_4455_6677L, 0x8899_aabb_ccdd_eeffL);
            } else {
                Ipv6.destination(ipv6, START, 0x0011_2233_4455_6677L, 0x8899_aabb_ccdd_eeffL);
            }
            assertThat(ipv6.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
        }
    }

    private static List<Integer> backgrounds() {
        return List.of(0x00, 0xff, 0xa5);
    }

    private static int moreFragments(MemorySegment frame, long fragment) {
        return Ipv6.moreFragments(frame, fragment) ? 1 : 0;
    }

    /// Ends, patterns, and each bit alone.
    private static long[] values(int bits) {
        long mask = bits == 64 ? -1 : (1L << bits) - 1;
        long[] values = new long[bits + 4];
        for (int bit = 0; bit < bits; bit++) {
            values[bit] = 1L << bit;
        }
        values[bits] = 0;
        values[bits + 1] = mask;
        values[bits + 2] = 0x0123_4567_89ab_cdefL & mask;
        values[bits + 3] = 0xfedc_ba98_7654_3210L & mask;
        return values;
    }

    /// Bit by bit, apart from the code under test.
    private static void write(byte[] memory, Field field, long value) {
        BigInteger bits = BigInteger.valueOf(value);
        for (int i = 0; i < field.bits; i++) {
            int at = field.littleEndian ? field.bits - 8 - (i & ~7) + (i & 7) : i;
            int bit = START * 8 + field.bit + field.bits - 1 - at;
            int mask = 0x80 >>> (bit & 7);
            if (bits.testBit(i)) {
                memory[bit / 8] |= (byte) mask;
            } else {
                memory[bit / 8] &= (byte) ~mask;
            }
        }
    }
}
