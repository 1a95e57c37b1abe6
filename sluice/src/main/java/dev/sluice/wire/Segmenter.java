package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// Cuts a TCP or UDP super-packet into the packets that it stands for, each complete with its
/// checksum: for whoever cannot leave that to the kernel, since what the packet is wrapped into has
/// no word for it. Reused, allocates nothing.
///
/// ```java
/// segmenter.start(packet, packet.gsoSize());
/// while (segmenter.hasMoreThanOne()) {
///     int bytes = segmenter.next(target, at);
/// }
/// segmenter.lastInPlace();
/// ```
///
/// The last one stays in the super-packet's memory, its headers moved to its data, so that it can
/// go on as the packet in hand. Sequence numbers and IPv4 ids count on, FIN and PSH are the last
/// one's, CWR the first one's, as the kernel does.
public final class Segmenter {

    private PacketView packet = new PacketView();
    private int size;
    private int headers;
    private int done;
    private int left;
    private int count;

    /// Begins with another packet, which must stay as it is until the last piece is out.
    ///
    /// @param payloadBytes of each piece but the last, at least 1
    public void start(PacketView superPacket, int payloadBytes) {
        packet = superPacket;
        size = payloadBytes;
        headers = (int) (superPacket.payload() - superPacket.ip);
        done = 0;
        left = superPacket.payloadLength();
        count = 0;
    }

    /// Whether pieces are left beside the last one.
    public boolean hasMoreThanOne() {
        return left > size;
    }

    /// Writes the next piece, which is not the last one.
    ///
    /// @param at where its headers and data have room
    /// @return its length
    public int next(MemorySegment target, long at) {
        MemorySegment frame = packet.frame;
        MemorySegment.copy(frame, packet.ip, target, at, headers);
        MemorySegment.copy(frame, packet.payload() + done, target, at + headers, size);
        write(target, at, size, false);
        done += size;
        left -= size;
        count++;
        return headers + size;
    }

    /// Makes the packet the last piece: the view shows it and no super-packet any more.
    public void lastInPlace() {
        MemorySegment frame = packet.frame;
        long at = packet.ip + done;
        if (done > 0) {
            MemorySegment.copy(frame, packet.ip, frame, at, headers);
        }
        int mark = packet.mark;
        write(frame, at, left, true);
        packet.parse(frame, at, headers + left); // well-formed: made here
        packet.mark = mark;
    }

    private void write(MemorySegment target, long at, int bytes, boolean last) {
        long transport = at + packet.headerLength();
        int length = headers - packet.headerLength() + bytes;
        if (packet.flow.ipv6) {
            Ipv6.payloadLength(target, at, headers - Ipv6.HEADER_BYTES + bytes);
        } else {
            Ipv4.totalLength(target, at, headers + bytes);
            Ipv4.id(target, at, packet.fragmentId + count & 0xffff);
            Ipv4.fillChecksum(target, at);
        }
        long pseudoSum =
                Checksum.pseudoSum(
                        packet.flow.sourceHigh,
                        packet.flow.sourceLow,
                        packet.flow.destinationHigh,
                        packet.flow.destinationLow,
                        packet.flow.protocol,
                        length);
        if (packet.flow.protocol == IpProtocol.TCP) {
            Tcp.continueAt(target, transport, done, last);
            Tcp.checksum(target, transport, 0);
            Tcp.checksum(
                    target, transport, Checksum.ofTransport(target, transport, length, pseudoSum));
        } else {
            Udp.length(target, transport, length);
            Udp.checksum(target, transport, 0);
            Udp.computedChecksum(
                    target, transport, Checksum.ofTransport(target, transport, length, pseudoSum));
        }
    }
}
