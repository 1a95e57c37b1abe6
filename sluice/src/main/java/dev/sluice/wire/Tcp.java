package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// TCP header, RFC 9293.
///
/// ```
///  0       3 4      7 8           15 16                   31
/// +-----------------+---------------+-----------------------+
/// |           source port           |   destination port    |  0
/// +---------------------------------+-----------------------+
/// |                     sequence number                     |  4
/// +---------------------------------------------------------+
/// |                 acknowledgement number                  |  8
/// +--------+--------+---------------+-----------------------+
/// | offset |reserved|CWR ECE URG ACK|        window         | 12
/// |        |        |PSH RST SYN FIN|                       |
/// +--------+--------+---------------+-----------------------+
/// |            checksum             |    urgent pointer     | 16
/// +---------------------------------+-----------------------+
/// |                 options, up to 40 bytes                 | 20
/// ```
public final class Tcp {

    /// Without options.
    public static final int HEADER_BYTES = 20;

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;
    public static final int ECE = 0x40;
    public static final int CWR = 0x80;

    /// Where the checksum lies; a vnet header names it (`csum_offset`).
    public static final int CHECKSUM = 16;

    private static final int SOURCE_PORT = 0;
    private static final int DESTINATION_PORT = 2;
    private static final int SEQUENCE = 4;
    private static final int ACKNOWLEDGEMENT = 8;
    private static final int DATA_OFFSET = 12;
    private static final int FLAGS = 13;
    private static final int WINDOW = 14;

    private Tcp() {}

    public static int sourcePort(MemorySegment frame, long tcp) {
        return Bytes.u16(frame, tcp + SOURCE_PORT);
    }

    public static void sourcePort(MemorySegment frame, long tcp, int port) {
        Bytes.u16(frame, tcp + SOURCE_PORT, port);
    }

    public static int destinationPort(MemorySegment frame, long tcp) {
        return Bytes.u16(frame, tcp + DESTINATION_PORT);
    }

    public static void destinationPort(MemorySegment frame, long tcp, int port) {
        Bytes.u16(frame, tcp + DESTINATION_PORT, port);
    }

    /// Unsigned 32 bits.
    public static long sequence(MemorySegment frame, long tcp) {
        return Bytes.u32(frame, tcp + SEQUENCE);
    }

    public static void sequence(MemorySegment frame, long tcp, long sequence) {
        Bytes.u32(frame, tcp + SEQUENCE, sequence);
    }

    /// Unsigned 32 bits.
    public static long acknowledgement(MemorySegment frame, long tcp) {
        return Bytes.u32(frame, tcp + ACKNOWLEDGEMENT);
    }

    public static void acknowledgement(MemorySegment frame, long tcp, long acknowledgement) {
        Bytes.u32(frame, tcp + ACKNOWLEDGEMENT, acknowledgement);
    }

    /// In bytes, options included.
    public static int headerLength(MemorySegment frame, long tcp) {
        return Bytes.u8(frame, tcp + DATA_OFFSET) >>> 4 << 2;
    }

    public static void headerLength(MemorySegment frame, long tcp, int bytes) {
        long at = tcp + DATA_OFFSET;
        Bytes.u8(frame, at, bytes << 2 | Bytes.u8(frame, at) & 0x0f);
    }

    public static int flags(MemorySegment frame, long tcp) {
        return Bytes.u8(frame, tcp + FLAGS);
    }

    public static void flags(MemorySegment frame, long tcp, int flags) {
        Bytes.u8(frame, tcp + FLAGS, flags);
    }

    public static int window(MemorySegment frame, long tcp) {
        return Bytes.u16(frame, tcp + WINDOW);
    }

    public static void window(MemorySegment frame, long tcp, int window) {
        Bytes.u16(frame, tcp + WINDOW, window);
    }

    public static int checksum(MemorySegment frame, long tcp) {
        return Bytes.u16(frame, tcp + CHECKSUM);
    }

    public static void checksum(MemorySegment frame, long tcp, int checksum) {
        Bytes.u16(frame, tcp + CHECKSUM, checksum);
    }

    /// Makes a copied header that of a piece of its segment: the sequence number counts on, FIN and
    /// PSH are the last piece's, CWR is the first one's.
    ///
    /// @param done bytes of the segment before this piece
    static void continueAt(MemorySegment frame, long tcp, long done, boolean last) {
        sequence(frame, tcp, sequence(frame, tcp) + done & 0xffff_ffffL);
        int flags = flags(frame, tcp);
        flags &= last ? -1 : ~(FIN | PSH);
        flags &= done == 0 ? -1 : ~CWR;
        flags(frame, tcp, flags);
    }
}
