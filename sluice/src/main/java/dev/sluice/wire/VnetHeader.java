package dev.sluice.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// `struct virtio_net_hdr`, with which Linux passes offload facts across a packet socket: before
/// the frame, in the host's byte order (little-endian on every machine this runs on).
///
/// ```
///  0        1        2                 4                 6                 8               10
/// +--------+--------+-----------------+-----------------+-----------------+----------------+
/// | flags  |gso type|  header length  |    gso size     | checksum start  |checksum offset |
/// +--------+--------+-----------------+-----------------+-----------------+----------------+
/// ```
///
/// Header length and checksum start count from the frame's first byte, checksum offset from
/// checksum start.
public final class VnetHeader {

    public static final int BYTES = 10;

    /// Flags. The transport checksum is partial: sum from checksum start to the end, write the
    /// complement at checksum offset.
    public static final int NEEDS_CHECKSUM = 1;

    /// The transport checksum has been verified.
    public static final int DATA_VALID = 2;

    /// Types of segmentation.
    public static final int GSO_NONE = 0;

    public static final int GSO_TCPV4 = 1;

    /// IP fragmentation of a UDP datagram.
    public static final int GSO_UDP = 3;

    public static final int GSO_TCPV6 = 4;

    /// Several UDP datagrams, RFC-less; Linux `UDP_SEGMENT`.
    public static final int GSO_UDP_L4 = 5;

    /// A bit beside the type: the TCP segments need care for CWR.
    public static final int GSO_ECN = 0x80;

    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int FLAGS = 0;
    private static final int GSO_TYPE = 1;
    private static final int HEADER_LENGTH = 2;
    private static final int GSO_SIZE = 4;
    private static final int CHECKSUM_START = 6;
    private static final int CHECKSUM_OFFSET = 8;

    private VnetHeader() {}

    /// Ten zero bytes: nothing is left to be done to the frame.
    public static void clear(MemorySegment frame, long vnet) {
        Bytes.u64(frame, vnet, 0);
        Bytes.u16(frame, vnet + 8, 0);
    }

    /// Moves the header, because the frame begins elsewhere now; what it tells about stays where it
    /// is. Old and new place may overlap.
    public static void move(MemorySegment memory, long from, long to) {
        place(memory, start(memory, from), end(memory, from), from, to);
    }

    /// The first eight of its bytes, for [#place].
    public static long start(MemorySegment memory, long vnet) {
        return Bytes.u64(memory, vnet);
    }

    /// The other two.
    public static int end(MemorySegment memory, long vnet) {
        return Bytes.u16(memory, vnet + 8);
    }

    /// As [#move], of a header that was read before something else was written where it was.
    public static void place(MemorySegment memory, long start, int end, long from, long to) {
        Bytes.u64(memory, to, start);
        Bytes.u16(memory, to + 8, end);
        int forward = (int) (from - to);
        if ((flags(memory, to) & NEEDS_CHECKSUM) != 0) {
            checksumStart(memory, to, checksumStart(memory, to) + forward);
        }
        if (gsoType(memory, to) != GSO_NONE) {
            headerLength(memory, to, headerLength(memory, to) + forward);
        }
    }

    public static int flags(MemorySegment frame, long vnet) {
        return Bytes.u8(frame, vnet + FLAGS);
    }

    public static void flags(MemorySegment frame, long vnet, int flags) {
        Bytes.u8(frame, vnet + FLAGS, flags);
    }

    public static int gsoType(MemorySegment frame, long vnet) {
        return Bytes.u8(frame, vnet + GSO_TYPE);
    }

    public static void gsoType(MemorySegment frame, long vnet, int type) {
        Bytes.u8(frame, vnet + GSO_TYPE, type);
    }

    public static int headerLength(MemorySegment frame, long vnet) {
        return u16(frame, vnet + HEADER_LENGTH);
    }

    public static void headerLength(MemorySegment frame, long vnet, int bytes) {
        u16(frame, vnet + HEADER_LENGTH, bytes);
    }

    public static int gsoSize(MemorySegment frame, long vnet) {
        return u16(frame, vnet + GSO_SIZE);
    }

    public static void gsoSize(MemorySegment frame, long vnet, int bytes) {
        u16(frame, vnet + GSO_SIZE, bytes);
    }

    public static int checksumStart(MemorySegment frame, long vnet) {
        return u16(frame, vnet + CHECKSUM_START);
    }

    public static void checksumStart(MemorySegment frame, long vnet, int start) {
        u16(frame, vnet + CHECKSUM_START, start);
    }

    public static int checksumOffset(MemorySegment frame, long vnet) {
        return u16(frame, vnet + CHECKSUM_OFFSET);
    }

    public static void checksumOffset(MemorySegment frame, long vnet, int offset) {
        u16(frame, vnet + CHECKSUM_OFFSET, offset);
    }

    private static int u16(MemorySegment frame, long offset) {
        return frame.get(U16, offset) & 0xffff;
    }

    private static void u16(MemorySegment frame, long offset, int value) {
        frame.set(U16, offset, (short) value);
    }
}
