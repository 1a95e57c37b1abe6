package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// UDP header, RFC 768.
///
/// ```
///  0              15 16             31
/// +-----------------+----------------+
/// |   source port   |destination port|  0
/// +-----------------+----------------+
/// |     length      |    checksum    |  4
/// +-----------------+----------------+
/// ```
///
/// A checksum of 0 means that there is none; a computed 0 is written as 0xffff.
public final class Udp {

    public static final int HEADER_BYTES = 8;

    /// Where the checksum lies; a vnet header names it (`csum_offset`).
    public static final int CHECKSUM = 6;

    private static final int SOURCE_PORT = 0;
    private static final int DESTINATION_PORT = 2;
    private static final int LENGTH = 4;

    private Udp() {}

    public static int sourcePort(MemorySegment frame, long udp) {
        return Bytes.u16(frame, udp + SOURCE_PORT);
    }

    public static void sourcePort(MemorySegment frame, long udp, int port) {
        Bytes.u16(frame, udp + SOURCE_PORT, port);
    }

    public static int destinationPort(MemorySegment frame, long udp) {
        return Bytes.u16(frame, udp + DESTINATION_PORT);
    }

    public static void destinationPort(MemorySegment frame, long udp, int port) {
        Bytes.u16(frame, udp + DESTINATION_PORT, port);
    }

    /// Header and payload.
    public static int length(MemorySegment frame, long udp) {
        return Bytes.u16(frame, udp + LENGTH);
    }

    public static void length(MemorySegment frame, long udp, int bytes) {
        Bytes.u16(frame, udp + LENGTH, bytes);
    }

    public static int checksum(MemorySegment frame, long udp) {
        return Bytes.u16(frame, udp + CHECKSUM);
    }

    public static void checksum(MemorySegment frame, long udp, int checksum) {
        Bytes.u16(frame, udp + CHECKSUM, checksum);
    }

    /// Writes a checksum that was computed: 0 would say that there is none (RFC 768).
    public static void computedChecksum(MemorySegment frame, long udp, int checksum) {
        checksum(frame, udp, checksum == 0 ? 0xffff : checksum);
    }
}
