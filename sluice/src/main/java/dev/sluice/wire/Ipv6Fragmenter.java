package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// Cuts an IPv6 packet of this machine's own into fragments that fit a path, RFC 8200 §4.5. Only
/// for packets without extension headers, as tunnel packets are. Reused, allocates nothing.
public final class Ipv6Fragmenter {

    /// Every link must carry this much (RFC 8200 §5).
    public static final int MIN_MTU = 1280;

    private MemorySegment frame = MemorySegment.NULL;
    private long ip;
    private int room;
    private long data;
    private long end;
    private int offset;
    private int id;

    /// Begins with another packet, which must stay as it is until the last fragment is out.
    ///
    /// @param packetId differs from that of the packets before it between the same ends
    public void start(MemorySegment memory, long start, int bytes, int mtuBytes, int packetId) {
        if (mtuBytes < MIN_MTU) {
            throw new IllegalArgumentException("IPv6 needs an MTU of 1280");
        }
        frame = memory;
        ip = start;
        room = mtuBytes - Ipv6.HEADER_BYTES - Ipv6.FRAGMENT_HEADER_BYTES & ~7;
        data = start + Ipv6.HEADER_BYTES;
        end = start + bytes;
        offset = 0;
        id = packetId;
    }

    /// Writes the next fragment to `target` at `at`, where an MTU's bytes have room.
    ///
    /// @return its length, or 0 if there is none left
    public int next(MemorySegment target, long at) {
        if (data >= end) {
            return 0;
        }
        boolean last = end - data <= room;
        int bytes = last ? (int) (end - data) : room;
        long fragment = at + Ipv6.HEADER_BYTES;
        MemorySegment.copy(frame, ip, target, at, Ipv6.HEADER_BYTES);
        MemorySegment.copy(frame, data, target, fragment + Ipv6.FRAGMENT_HEADER_BYTES, bytes);
        Ipv6.fragment(target, fragment, Ipv6.nextHeader(frame, ip), offset, !last, id);
        Ipv6.nextHeader(target, at, IpProtocol.FRAGMENT);
        Ipv6.payloadLength(target, at, Ipv6.FRAGMENT_HEADER_BYTES + bytes);
        data += bytes;
        offset += bytes;
        return Ipv6.HEADER_BYTES + Ipv6.FRAGMENT_HEADER_BYTES + bytes;
    }
}
