package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// The Internet checksum, RFC 1071, and its incremental update, RFC 1624.
///
/// Arithmetic here is modulo 0xffff, where 2^16 is 1: numbers of any width may be added as they are
/// and folded to 16 bits at the end, and `~x` is `-x`. Zero has two forms, 0 and 0xffff. A sum of
/// something that is not all zero is never 0, so that a checksum, its complement, is never 0xffff.
/// [#difference] keeps to that by never being 0, and thus an updated checksum equals the one
/// computed from scratch, bit for bit.
///
/// To rewrite a field that several checksums cover, take its difference once:
///
/// ```java
/// int difference = Checksum.difference(oldAddress, newAddress);
/// ipChecksum = Checksum.apply(ipChecksum, difference);
/// tcpChecksum = Checksum.apply(tcpChecksum, difference);
/// ```
public final class Checksum {

    private Checksum() {}

    /// The checksum of `length` bytes. 0 if they contain their own checksum and it is right.
    public static int of(MemorySegment frame, long offset, int length) {
        return ~fold(sum(frame, offset, length)) & 0xffff;
    }

    /// The checksum of a transport header and what follows it, with the pseudo-header. 0 if the
    /// bytes contain their own checksum and it is right.
    public static int ofTransport(MemorySegment frame, long transport, int length, long pseudoSum) {
        return ~fold(pseudoSum + sum(frame, transport, length)) & 0xffff;
    }

    /// The unfolded sum of `length` bytes as big-endian words, padded with zero.
    public static long sum(MemorySegment frame, long offset, int length) {
        long sum = 0;
        long at = offset;
        long end = offset + length;
        for (; at + 4 <= end; at += 4) {
            sum += Bytes.u32(frame, at);
        }
        if (at + 2 <= end) {
            sum += Bytes.u16(frame, at);
            at += 2;
        }
        if (at < end) {
            sum += Bytes.u8(frame, at) << 8;
        }
        return sum;
    }

    /// The unfolded sum of the pseudo-header, RFC 9293 §3.1 and RFC 8200 §8.1. Both families come
    /// to the same sum, an IPv4 address being one with a high half of 0.
    public static long pseudoSum(
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int protocol,
            int length) {
        return words(sourceHigh)
                + words(sourceLow)
                + words(destinationHigh)
                + words(destinationLow)
                + protocol
                + length;
    }

    /// Folds a sum to 16 bits.
    public static int fold(long sum) {
        long folded = (sum & 0xffff_ffffL) + (sum >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (int) ((folded & 0xffff) + (folded >>> 16));
    }

    /// What a sum grows by when `before` is replaced by `after`: `~m + m'` of RFC 1624. Any words
    /// of up to 64 bits that start at an even offset. Never 0.
    public static int difference(long before, long after) {
        return fold(words(~before) + words(after) + 0xffff);
    }

    /// Of a pair of 64-bit halves, such as an address.
    public static int difference(long beforeHigh, long beforeLow, long afterHigh, long afterLow) {
        return fold(
                words(~beforeHigh)
                        + words(~beforeLow)
                        + words(afterHigh)
                        + words(afterLow)
                        + 0xffff);
    }

    /// Two differences as one. Never 0.
    public static int both(int difference, int other) {
        return fold((long) difference + other);
    }

    /// The checksum after a change: `HC' = ~(~HC + ~m + m')`, RFC 1624 equation 3.
    public static int apply(int checksum, int difference) {
        return ~fold((~checksum & 0xffffL) + difference) & 0xffff;
    }

    /// The partial checksum after a change of the pseudo-header: a sum that is not complemented.
    public static int applyToPartial(int partial, int difference) {
        return fold((long) partial + difference);
    }

    /// A UDP checksum after a change: never 0, which would mean "none".
    public static int applyToUdp(int checksum, int difference) {
        int updated = apply(checksum, difference);
        return updated == 0 ? 0xffff : updated;
    }

    private static long words(long value) {
        return (value >>> 32) + (value & 0xffff_ffffL);
    }
}
