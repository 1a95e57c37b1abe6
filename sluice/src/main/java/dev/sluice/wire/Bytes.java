package dev.sluice.wire;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Unsigned numbers in network order, at any offset.
///
/// Every header accessor ends here. The only check left is the segment's own bounds check.
public final class Bytes {

    private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(BIG_ENDIAN);
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(BIG_ENDIAN);
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(BIG_ENDIAN);

    private Bytes() {}

    public static int u8(MemorySegment frame, long offset) {
        return frame.get(U8, offset) & 0xff;
    }

    public static void u8(MemorySegment frame, long offset, int value) {
        frame.set(U8, offset, (byte) value);
    }

    public static int u16(MemorySegment frame, long offset) {
        return frame.get(U16, offset) & 0xffff;
    }

    public static void u16(MemorySegment frame, long offset, int value) {
        frame.set(U16, offset, (short) value);
    }

    /// A long, so that it is never negative.
    public static long u32(MemorySegment frame, long offset) {
        return frame.get(U32, offset) & 0xffff_ffffL;
    }

    /// Writes the low 32 bits.
    public static void u32(MemorySegment frame, long offset, long value) {
        frame.set(U32, offset, (int) value);
    }

    /// The six bytes of a MAC address.
    public static long u48(MemorySegment frame, long offset) {
        return (long) u16(frame, offset) << 32 | u32(frame, offset + 2);
    }

    /// Writes the low 48 bits.
    public static void u48(MemorySegment frame, long offset, long value) {
        u16(frame, offset, (int) (value >>> 32));
        u32(frame, offset + 2, value);
    }

    /// Signed like every Java long: all 64 bits are used.
    public static long u64(MemorySegment frame, long offset) {
        return frame.get(U64, offset);
    }

    public static void u64(MemorySegment frame, long offset, long value) {
        frame.set(U64, offset, value);
    }
}
