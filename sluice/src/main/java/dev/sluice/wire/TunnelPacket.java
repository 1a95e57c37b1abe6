package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// Finds the IP packet inside a tunnel packet: IP in IP (RFC 2003, 4213), [Gre] or [Gue].
public final class TunnelPacket {

    /// There is none.
    public static final long NONE = -1;

    private TunnelPacket() {}

    /// Where the inner packet starts, or [#NONE]. What is there may be anything.
    ///
    /// @param transport behind the outer IP header
    /// @param bytes how many are there, of a packet or of a quote
    public static long inner(MemorySegment frame, int protocol, long transport, int bytes) {
        return switch (protocol) {
            case IpProtocol.IPV4, IpProtocol.IPV6 -> transport;
            case IpProtocol.GRE -> insideGre(frame, transport, bytes);
            case IpProtocol.UDP -> insideGue(frame, transport, bytes);
            default -> NONE;
        };
    }

    private static long insideGre(MemorySegment frame, long gre, int bytes) {
        if (bytes < Gre.HEADER_BYTES) {
            return NONE;
        }
        int header = Gre.headerLength(frame, gre);
        int type = Gre.protocolType(frame, gre);
        boolean ip = type == Ethernet.TYPE_IPV4 || type == Ethernet.TYPE_IPV6;
        return ip && header != 0 && header < bytes ? gre + header : NONE;
    }

    private static long insideGue(MemorySegment frame, long udp, int bytes) {
        if (bytes < Udp.HEADER_BYTES + Gue.HEADER_BYTES) {
            return NONE;
        }
        long gue = udp + Udp.HEADER_BYTES;
        int header = Gue.headerLength(frame, gue);
        int protocol = Gue.protocol(frame, gue);
        boolean ip = protocol == IpProtocol.IPV4 || protocol == IpProtocol.IPV6;
        return ip && header != 0 && Udp.HEADER_BYTES + header < bytes ? gue + header : NONE;
    }
}
