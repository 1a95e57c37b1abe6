package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// SCTP common header and the head of its first chunk, RFC 9260.
///
/// ```
///  0              15 16             31
/// +-----------------+----------------+
/// |   source port   |destination port|  0
/// +-----------------+----------------+
/// |         verification tag         |  4
/// +----------------------------------+
/// |  CRC32c, least significant first |  8
/// +--------+--------+----------------+
/// | chunk  | flags  |  chunk length  | 12
/// +--------+--------+----------------+
/// ```
public final class Sctp {

    public static final int HEADER_BYTES = 12;
    public static final int CHUNK_HEADER_BYTES = 4;

    public static final int DATA = 0;
    public static final int INIT = 1;
    public static final int INIT_ACK = 2;
    public static final int SACK = 3;
    public static final int HEARTBEAT = 4;
    public static final int HEARTBEAT_ACK = 5;
    public static final int ABORT = 6;
    public static final int SHUTDOWN = 7;
    public static final int SHUTDOWN_ACK = 8;
    public static final int ERROR = 9;
    public static final int COOKIE_ECHO = 10;
    public static final int COOKIE_ACK = 11;
    public static final int SHUTDOWN_COMPLETE = 14;

    /// Where the checksum lies.
    public static final int CHECKSUM = 8;

    private static final int SOURCE_PORT = 0;
    private static final int DESTINATION_PORT = 2;
    private static final int VERIFICATION_TAG = 4;

    private Sctp() {}

    public static int sourcePort(MemorySegment frame, long sctp) {
        return Bytes.u16(frame, sctp + SOURCE_PORT);
    }

    public static void sourcePort(MemorySegment frame, long sctp, int port) {
        Bytes.u16(frame, sctp + SOURCE_PORT, port);
    }

    public static int destinationPort(MemorySegment frame, long sctp) {
        return Bytes.u16(frame, sctp + DESTINATION_PORT);
    }

    public static void destinationPort(MemorySegment frame, long sctp, int port) {
        Bytes.u16(frame, sctp + DESTINATION_PORT, port);
    }

    public static long verificationTag(MemorySegment frame, long sctp) {
        return Bytes.u32(frame, sctp + VERIFICATION_TAG);
    }

    public static void verificationTag(MemorySegment frame, long sctp, long tag) {
        Bytes.u32(frame, sctp + VERIFICATION_TAG, tag);
    }

    /// As a number; on the wire its bytes are in little-endian order.
    public static int checksum(MemorySegment frame, long sctp) {
        return Integer.reverseBytes((int) Bytes.u32(frame, sctp + CHECKSUM));
    }

    public static void checksum(MemorySegment frame, long sctp, int crc) {
        Bytes.u32(frame, sctp + CHECKSUM, Integer.reverseBytes(crc));
    }

    /// The type of the chunk whose header starts at `chunk`.
    public static int chunkType(MemorySegment frame, long chunk) {
        return Bytes.u8(frame, chunk);
    }

    /// Header included, padding to four bytes not.
    public static int chunkLength(MemorySegment frame, long chunk) {
        return Bytes.u16(frame, chunk + 2);
    }
}
