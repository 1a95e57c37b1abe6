package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// IPv4 header, RFC 791.
///
/// ```
///  0      3 4     7 8            15 16 18                  31
/// +--------+-------+---------------+------------------------+
/// | version|  IHL  |      TOS      |      total length      |  0
/// +--------+-------+---------------+-+-+-+------------------+
/// |         identification         |0|D|M|  fragment offset |  4
/// +----------------+---------------+-+-+-+------------------+
/// |      TTL       |   protocol    |    header checksum     |  8
/// +----------------+---------------+------------------------+
/// |                     source address                      | 12
/// +---------------------------------------------------------+
/// |                   destination address                   | 16
/// +---------------------------------------------------------+
/// |                  options, up to 40 bytes                | 20
/// ```
///
/// Addresses are unsigned 32-bit numbers in a long, the `low` of [Address].
public final class Ipv4 {

    /// Without options.
    public static final int HEADER_BYTES = 20;

    public static final int MAX_HEADER_BYTES = 60;

    /// Bits of [#fragmentWord].
    public static final int DONT_FRAGMENT = 0x4000;

    public static final int MORE_FRAGMENTS = 0x2000;
    public static final int OFFSET_MASK = 0x1fff;

    private static final int VERSION_IHL = 0;
    private static final int TOS = 1;
    private static final int TOTAL_LENGTH = 2;
    private static final int ID = 4;
    public static final int FRAGMENT = 6;
    private static final int TTL = 8;
    public static final int PROTOCOL = 9;
    private static final int CHECKSUM = 10;
    public static final int SOURCE = 12;
    public static final int DESTINATION = 16;

    private Ipv4() {}

    /// Also right for an IPv6 header.
    public static int version(MemorySegment frame, long ip) {
        return Bytes.u8(frame, ip + VERSION_IHL) >>> 4;
    }

    /// In bytes, options included.
    public static int headerLength(MemorySegment frame, long ip) {
        return (Bytes.u8(frame, ip + VERSION_IHL) & 0x0f) * 4;
    }

    /// Writes the version too.
    public static void headerLength(MemorySegment frame, long ip, int bytes) {
        Bytes.u8(frame, ip + VERSION_IHL, 0x40 | bytes / 4);
    }

    public static int tos(MemorySegment frame, long ip) {
        return Bytes.u8(frame, ip + TOS);
    }

    public static void tos(MemorySegment frame, long ip, int tos) {
        Bytes.u8(frame, ip + TOS, tos);
    }

    public static int totalLength(MemorySegment frame, long ip) {
        return Bytes.u16(frame, ip + TOTAL_LENGTH);
    }

    public static void totalLength(MemorySegment frame, long ip, int bytes) {
        Bytes.u16(frame, ip + TOTAL_LENGTH, bytes);
    }

    public static int id(MemorySegment frame, long ip) {
        return Bytes.u16(frame, ip + ID);
    }

    public static void id(MemorySegment frame, long ip, int id) {
        Bytes.u16(frame, ip + ID, id);
    }

    /// Flags and offset (in units of 8 bytes) together.
    public static int fragmentWord(MemorySegment frame, long ip) {
        return Bytes.u16(frame, ip + FRAGMENT);
    }

    public static void fragmentWord(MemorySegment frame, long ip, int word) {
        Bytes.u16(frame, ip + FRAGMENT, word);
    }

    public static int ttl(MemorySegment frame, long ip) {
        return Bytes.u8(frame, ip + TTL);
    }

    public static void ttl(MemorySegment frame, long ip, int ttl) {
        Bytes.u8(frame, ip + TTL, ttl);
    }

    public static int protocol(MemorySegment frame, long ip) {
        return Bytes.u8(frame, ip + PROTOCOL);
    }

    public static void protocol(MemorySegment frame, long ip, int protocol) {
        Bytes.u8(frame, ip + PROTOCOL, protocol);
    }

    public static int checksum(MemorySegment frame, long ip) {
        return Bytes.u16(frame, ip + CHECKSUM);
    }

    public static void checksum(MemorySegment frame, long ip, int checksum) {
        Bytes.u16(frame, ip + CHECKSUM, checksum);
    }

    public static long source(MemorySegment frame, long ip) {
        return Bytes.u32(frame, ip + SOURCE);
    }

    public static void source(MemorySegment frame, long ip, long address) {
        Bytes.u32(frame, ip + SOURCE, address);
    }

    public static long destination(MemorySegment frame, long ip) {
        return Bytes.u32(frame, ip + DESTINATION);
    }

    public static void destination(MemorySegment frame, long ip, long address) {
        Bytes.u32(frame, ip + DESTINATION, address);
    }

    /// Computes the header checksum and writes it.
    public static void fillChecksum(MemorySegment frame, long ip) {
        checksum(frame, ip, 0);
        checksum(frame, ip, Checksum.of(frame, ip, headerLength(frame, ip)));
    }
}
