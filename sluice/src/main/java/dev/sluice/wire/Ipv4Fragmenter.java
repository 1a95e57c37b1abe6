package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// Cuts an IPv4 packet into fragments that fit an MTU, RFC 791 §3.2. Reused, allocates nothing.
///
/// ```java
/// fragmenter.start(packet, mtu);
/// for (int bytes = fragmenter.next(buffer, at); bytes > 0; bytes = fragmenter.next(buffer, at)) {
///     send(buffer, at, bytes);
/// }
/// ```
///
/// The first fragment keeps all options, the later ones those with the copied bit. A fragment can
/// be cut further: the pieces continue its offset, and only the packet's very last piece says that
/// no more follow.
public final class Ipv4Fragmenter {

    /// Every link must carry this much (RFC 791 §3.2): the longest header and 8 bytes.
    public static final int MIN_MTU = 68;

    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_COPIED = 0x80;

    private MemorySegment frame = MemorySegment.NULL;
    private long ip;
    private int mtu;
    private int headerLength;
    private long data;
    private long end;
    private int offset;
    private int lastBits;

    /// Begins with another packet, which must stay as it is until the last fragment is out. A
    /// partial transport checksum is completed first: nobody could do so later.
    public void start(PacketView packet, int mtu) {
        if (packet.flow.ipv6 || mtu < MIN_MTU) {
            throw new IllegalArgumentException("fragments need IPv4 and an MTU of 68 or more");
        }
        if (packet.isChecksumPartial()) {
            Rewrite.fillChecksum(packet);
        }
        frame = packet.frame;
        ip = packet.ip;
        this.mtu = mtu;
        headerLength = packet.headerLength();
        data = packet.transport;
        end = packet.ip + packet.length;
        offset = packet.fragmentOffset;
        lastBits = Ipv4.fragmentWord(frame, ip) & ~Ipv4.OFFSET_MASK;
    }

    /// Writes the next fragment, header and data, to `target` at `at`, where `mtu` bytes have room.
    ///
    /// @return its length, or 0 if there is none left
    public int next(MemorySegment target, long at) {
        if (data >= end) {
            return 0;
        }
        boolean first = data == ip + headerLength;
        int header = first ? copyHeader(target, at) : copyLaterHeader(target, at);
        int room = (mtu - header) & ~7;
        int left = (int) (end - data);
        boolean last = left <= mtu - header;
        int bytes = last ? left : room;

        MemorySegment.copy(frame, data, target, at + header, bytes);
        Ipv4.headerLength(target, at, header);
        Ipv4.totalLength(target, at, header + bytes);
        Ipv4.fragmentWord(target, at, offset / 8 | lastBits | (last ? 0 : Ipv4.MORE_FRAGMENTS));
        Ipv4.fillChecksum(target, at);
        data += bytes;
        offset += bytes;
        return header + bytes;
    }

    private int copyHeader(MemorySegment target, long at) {
        MemorySegment.copy(frame, ip, target, at, headerLength);
        return headerLength;
    }

    /// The fixed header and the options to be copied, padded to whole words.
    private int copyLaterHeader(MemorySegment target, long at) {
        MemorySegment.copy(frame, ip, target, at, Ipv4.HEADER_BYTES);
        long option = ip + Ipv4.HEADER_BYTES;
        long optionsEnd = ip + headerLength;
        int header = Ipv4.HEADER_BYTES;
        while (option < optionsEnd) {
            int type = Bytes.u8(frame, option);
            if (type == OPTION_NOP) {
                option++;
                continue;
            }
            if (type == OPTION_END || option + 2 > optionsEnd) {
                break;
            }
            int bytes = Bytes.u8(frame, option + 1);
            if (bytes < 2 || option + bytes > optionsEnd) {
                break;
            }
            if ((type & OPTION_COPIED) != 0) {
                MemorySegment.copy(frame, option, target, at + header, bytes);
                header += bytes;
            }
            option += bytes;
        }
        for (; header % 4 != 0; header++) {
            Bytes.u8(target, at + header, OPTION_END);
        }
        return header;
    }
}
