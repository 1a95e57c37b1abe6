package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// IPv6 header, RFC 8200, and the fragment extension header.
///
/// ```
///  0      3 4           11 12                            31
/// +--------+--------------+-------------------------------+
/// | version|traffic class |          flow label           |  0
/// +--------+--------------+--+----------------+-----------+
/// |      payload length      |  next header   | hop limit |  4
/// +--------------------------+----------------+-----------+
/// |                  source address, 16 bytes             |  8
/// +-------------------------------------------------------+
/// |               destination address, 16 bytes           | 24
/// +-------------------------------------------------------+
///
/// fragment header (44):
/// +---------------+---------------+---------------+----+--+
/// |  next header  |   reserved    |    offset     |res.|M |  0
/// +---------------+---------------+---------------+----+--+
/// |                     identification                    |  4
/// +-------------------------------------------------------+
/// ```
public final class Ipv6 {

    public static final int HEADER_BYTES = 40;
    public static final int FRAGMENT_HEADER_BYTES = 8;

    private static final int PAYLOAD_LENGTH = 4;
    public static final int NEXT_HEADER = 6;
    private static final int HOP_LIMIT = 7;
    public static final int SOURCE = 8;
    public static final int DESTINATION = 24;

    private Ipv6() {}

    /// Version 6, traffic class and flow label, in one write.
    public static void firstWord(MemorySegment frame, long ip, int trafficClass, int flowLabel) {
        Bytes.u32(frame, ip, 6L << 28 | (trafficClass & 0xffL) << 20 | flowLabel & 0xf_ffffL);
    }

    public static int trafficClass(MemorySegment frame, long ip) {
        return Bytes.u16(frame, ip) >>> 4 & 0xff;
    }

    public static void trafficClass(MemorySegment frame, long ip, int trafficClass) {
        Bytes.u16(frame, ip, Bytes.u16(frame, ip) & 0xf00f | (trafficClass & 0xff) << 4);
    }

    public static int flowLabel(MemorySegment frame, long ip) {
        return (int) Bytes.u32(frame, ip) & 0xf_ffff;
    }

    public static int payloadLength(MemorySegment frame, long ip) {
        return Bytes.u16(frame, ip + PAYLOAD_LENGTH);
    }

    public static void payloadLength(MemorySegment frame, long ip, int bytes) {
        Bytes.u16(frame, ip + PAYLOAD_LENGTH, bytes);
    }

    public static int nextHeader(MemorySegment frame, long ip) {
        return Bytes.u8(frame, ip + NEXT_HEADER);
    }

    public static void nextHeader(MemorySegment frame, long ip, int protocol) {
        Bytes.u8(frame, ip + NEXT_HEADER, protocol);
    }

    public static int hopLimit(MemorySegment frame, long ip) {
        return Bytes.u8(frame, ip + HOP_LIMIT);
    }

    public static void hopLimit(MemorySegment frame, long ip, int hops) {
        Bytes.u8(frame, ip + HOP_LIMIT, hops);
    }

    public static long sourceHigh(MemorySegment frame, long ip) {
        return Bytes.u64(frame, ip + SOURCE);
    }

    public static long sourceLow(MemorySegment frame, long ip) {
        return Bytes.u64(frame, ip + SOURCE + 8);
    }

    public static void source(MemorySegment frame, long ip, long high, long low) {
        Bytes.u64(frame, ip + SOURCE, high);
        Bytes.u64(frame, ip + SOURCE + 8, low);
    }

    public static long destinationHigh(MemorySegment frame, long ip) {
        return Bytes.u64(frame, ip + DESTINATION);
    }

    public static long destinationLow(MemorySegment frame, long ip) {
        return Bytes.u64(frame, ip + DESTINATION + 8);
    }

    public static void destination(MemorySegment frame, long ip, long high, long low) {
        Bytes.u64(frame, ip + DESTINATION, high);
        Bytes.u64(frame, ip + DESTINATION + 8, low);
    }

    /// Writes a fragment header.
    ///
    /// @param offset in bytes, a multiple of 8
    public static void fragment(
            MemorySegment frame, long fragment, int next, int offset, boolean more, int id) {
        Bytes.u16(frame, fragment, next << 8);
        Bytes.u16(frame, fragment + 2, offset | (more ? 1 : 0));
        Bytes.u32(frame, fragment + 4, id & 0xffff_ffffL);
    }

    /// In bytes.
    public static int fragmentOffset(MemorySegment frame, long fragment) {
        return Bytes.u16(frame, fragment + 2) & 0xfff8;
    }

    public static boolean moreFragments(MemorySegment frame, long fragment) {
        return (Bytes.u16(frame, fragment + 2) & 1) != 0;
    }

    public static int fragmentId(MemorySegment frame, long fragment) {
        return (int) Bytes.u32(frame, fragment + 4);
    }
}
