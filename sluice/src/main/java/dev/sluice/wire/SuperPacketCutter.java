package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// Cuts a TCP super-packet of more than 64 KiB (Linux "BIG TCP") into super-packets that an IP
/// header can measure, each with the vnet header that says how to segment it further. Reused,
/// allocates nothing.
///
/// Such a frame says nothing of its own length: in IPv4 the total length is 0, in IPv6 the payload
/// length, maybe with a jumbo payload option (RFC 2675) behind it, which no piece needs. Cut at
/// multiples of the segment size, so that the segments on the wire are those that the kernel would
/// have made of the whole: their sequence numbers and IPv4 ids count on, FIN and PSH are the last
/// one's, CWR the first one's.
public final class SuperPacketCutter {

    private static final int LONGEST_PACKET = 65535;
    private static final int HOP_BY_HOP_BYTES = 8;
    private MemorySegment from = MemorySegment.NULL;
    private long vnet;
    private long ip;
    private long tcp;
    private boolean ipv6;
    private int ipBytes;
    private int tcpBytes;
    private int gsoSize;
    private int pieceBytes;
    private long data;
    private long end;
    private long done;

    /// Begins with another frame, which must stay as it is until the last piece is out.
    ///
    /// @param vnetOffset where its vnet header is; the frame follows
    /// @return false when it is no TCP super-packet whose checksums are still to be made
    public boolean start(MemorySegment memory, long vnetOffset, int frameBytes) {
        from = memory;
        vnet = vnetOffset;
        ip = vnet + VnetHeader.BYTES + Ethernet.HEADER_BYTES;
        end = vnet + VnetHeader.BYTES + frameBytes;
        done = 0;
        gsoSize = VnetHeader.gsoSize(memory, vnet);
        int type = VnetHeader.gsoType(memory, vnet) & ~VnetHeader.GSO_ECN;
        boolean partial = (VnetHeader.flags(memory, vnet) & VnetHeader.NEEDS_CHECKSUM) != 0;
        if (gsoSize == 0 || !partial || frameBytes < Ethernet.HEADER_BYTES + 128) {
            return false;
        }
        int etherType = Ethernet.type(memory, vnet + VnetHeader.BYTES);
        if (type == VnetHeader.GSO_TCPV4 && etherType == Ethernet.TYPE_IPV4) {
            ipv6 = false;
            ipBytes = Ipv4.headerLength(memory, ip);
            tcp = ip + ipBytes;
        } else if (type == VnetHeader.GSO_TCPV6 && etherType == Ethernet.TYPE_IPV6) {
            ipv6 = true;
            ipBytes = Ipv6.HEADER_BYTES;
            tcp = ip + ipBytes;
            if (Ipv6.nextHeader(memory, ip) == IpProtocol.HOP_BY_HOP) {
                if (Bytes.u16(memory, tcp) != IpProtocol.TCP << 8) {
                    return false; // more than the jumbo payload option
                }
                tcp += HOP_BY_HOP_BYTES;
            } else if (Ipv6.nextHeader(memory, ip) != IpProtocol.TCP) {
                return false;
            }
        } else {
            return false;
        }
        tcpBytes = Tcp.headerLength(memory, tcp);
        data = tcp + tcpBytes;
        pieceBytes = (LONGEST_PACKET - ipBytes - tcpBytes) / gsoSize * gsoSize;
        return ipBytes >= Ipv4.HEADER_BYTES
                && tcpBytes >= Tcp.HEADER_BYTES
                && pieceBytes > 0
                && data < end;
    }

    /// There is nothing to cut.
    public void stop() {
        data = end;
    }

    /// Whether a piece is left.
    public boolean hasNext() {
        return data < end;
    }

    /// Writes the next piece, vnet header and frame.
    ///
    /// @param at where there is room for 64 KiB and the headers
    /// @return the frame's length
    public int next(MemorySegment to, long at) {
        int bytes = (int) Math.min(pieceBytes, end - data);
        boolean last = data + bytes == end;
        long link = at + VnetHeader.BYTES;
        long newIp = link + Ethernet.HEADER_BYTES;
        long newTcp = newIp + ipBytes;
        MemorySegment.copy(from, vnet, to, at, VnetHeader.BYTES + Ethernet.HEADER_BYTES + ipBytes);
        MemorySegment.copy(from, tcp, to, newTcp, tcpBytes);
        MemorySegment.copy(from, data, to, newTcp + tcpBytes, bytes);
        writeIp(to, newIp, bytes);
        writeTcp(to, newIp, newTcp, bytes, last);
        writeVnet(to, at, bytes);
        data += bytes;
        done += bytes;
        return Ethernet.HEADER_BYTES + ipBytes + tcpBytes + bytes;
    }

    private void writeIp(MemorySegment to, long newIp, int bytes) {
        if (ipv6) {
            Ipv6.payloadLength(to, newIp, tcpBytes + bytes);
            Ipv6.nextHeader(to, newIp, IpProtocol.TCP);
        } else {
            Ipv4.totalLength(to, newIp, ipBytes + tcpBytes + bytes);
            Ipv4.id(to, newIp, Ipv4.id(from, ip) + (int) (done / gsoSize) & 0xffff);
            Ipv4.fillChecksum(to, newIp);
        }
    }

    private void writeTcp(MemorySegment to, long newIp, long newTcp, int bytes, boolean last) {
        Tcp.continueAt(to, newTcp, done, last);
        Tcp.checksum(
                to,
                newTcp,
                Checksum.fold(
                        Checksum.pseudoSum(
                                ipv6 ? Ipv6.sourceHigh(to, newIp) : 0,
                                ipv6 ? Ipv6.sourceLow(to, newIp) : Ipv4.source(to, newIp),
                                ipv6 ? Ipv6.destinationHigh(to, newIp) : 0,
                                ipv6 ? Ipv6.destinationLow(to, newIp) : Ipv4.destination(to, newIp),
                                IpProtocol.TCP,
                                tcpBytes + bytes)));
    }

    private void writeVnet(MemorySegment to, long at, int bytes) {
        int headers = Ethernet.HEADER_BYTES + ipBytes;
        VnetHeader.headerLength(to, at, headers + tcpBytes);
        VnetHeader.checksumStart(to, at, headers);
        VnetHeader.checksumOffset(to, at, Tcp.CHECKSUM);
        if (bytes <= gsoSize) {
            VnetHeader.gsoType(to, at, VnetHeader.GSO_NONE);
            VnetHeader.gsoSize(to, at, 0);
        }
    }
}
