package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// ICMP errors about a packet, of both families, quoting as Linux does: an IPv4 error has up to 576
/// bytes in all, an IPv6 error up to 1280.
///
/// ```
/// +-----------+-------------+--------------------------------+
/// | IP header | ICMP header | the packet, as much as has room|
/// +-----------+-------------+--------------------------------+
/// ```
public enum IcmpError {
    PORT_UNREACHABLE(
            Icmp.DESTINATION_UNREACHABLE,
            Icmp.PORT_UNREACHABLE,
            Icmpv6.DESTINATION_UNREACHABLE,
            Icmpv6.PORT_UNREACHABLE),
    HOST_UNREACHABLE(
            Icmp.DESTINATION_UNREACHABLE,
            Icmp.HOST_UNREACHABLE,
            Icmpv6.DESTINATION_UNREACHABLE,
            Icmpv6.ADDRESS_UNREACHABLE),
    /// Fragmentation needed, in IPv6 packet too big.
    PACKET_TOO_BIG(
            Icmp.DESTINATION_UNREACHABLE, Icmp.FRAGMENTATION_NEEDED, Icmpv6.PACKET_TOO_BIG, 0),
    /// Time to live, or hop limit, exceeded in transit.
    TIME_EXCEEDED(Icmp.TIME_EXCEEDED, 0, Icmpv6.TIME_EXCEEDED, 0);

    public static final int MAX_IPV4_BYTES = 576;
    public static final int MAX_IPV6_BYTES = 1280;

    private static final int TTL = 64;
    private static final int ECN_MASK = 0x03;
    private static final int PRECEDENCE_MASK = 0xe0;
    private static final int INTERNETWORK_CONTROL = 0xc0;

    private final int type;
    private final int code;
    private final int type6;
    private final int code6;

    IcmpError(int type, int code, int type6, int code6) {
        this.type = type;
        this.code = code;
        this.type6 = type6;
        this.code6 = code6;
    }

    /// Whether an error may be sent about this packet at all: not about ICMP errors, redirects and
    /// fragments but the first, and not to a source that is no host (RFC 1122 §3.2.2, RFC 4443
    /// §2.4).
    public static boolean isAllowedAbout(PacketView packet) {
        if (packet.isLaterFragment()) {
            return false;
        }
        if (packet.isIpv6()) {
            boolean multicast = packet.sourceHigh() >>> 56 == 0xff;
            boolean unspecified = packet.sourceHigh() == 0 && packet.sourceLow() == 0;
            boolean error = packet.isIcmp() && Icmpv6.isError(packet.icmpType());
            boolean redirect = packet.isIcmp() && packet.icmpType() == Icmpv6.REDIRECT;
            return !multicast && !unspecified && !error && !redirect;
        }
        long firstByte = packet.sourceLow() >>> 24;
        boolean noHost = firstByte == 0 || firstByte == 127 || firstByte >= 224;
        return !noHost && !(packet.isIcmp() && isIpv4Error(packet.icmpType()));
    }

    private static boolean isIpv4Error(int type) {
        return switch (type) {
            case Icmp.DESTINATION_UNREACHABLE,
                    Icmp.SOURCE_QUENCH,
                    Icmp.REDIRECT,
                    Icmp.TIME_EXCEEDED,
                    Icmp.PARAMETER_PROBLEM ->
                    true;
            default -> false;
        };
    }

    /// Writes this error about `packet` to `target`, where [#MAX_IPV6_BYTES] have room, from the
    /// given address to the packet's source. The MTU is for [#PACKET_TOO_BIG], 0 for the others.
    ///
    /// @return the length of the IP packet written
    public int write(
            PacketView packet,
            long fromHigh,
            long fromLow,
            int mtu,
            MemorySegment target,
            long at) {
        return write(
                packet.isIpv6(),
                packet.isIpv6() ? type6 : type,
                packet.isIpv6() ? code6 : code,
                mtu,
                fromHigh,
                fromLow,
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.frame(),
                packet.ip(),
                packet.length(),
                target,
                at);
    }

    /// Writes an error of any type and code that quotes `quotedLength` bytes (or as many as have
    /// room) of the packet at `quotedIp`: also to pass on an error about a tunnel packet as one
    /// about the packet inside. `word` is the second half of the ICMP header.
    ///
    /// @return the length of the IP packet written
    public static int write(
            boolean ipv6,
            int type,
            int code,
            long word,
            long fromHigh,
            long fromLow,
            long toHigh,
            long toLow,
            MemorySegment quoted,
            long quotedIp,
            int quotedLength,
            MemorySegment target,
            long at) {
        int header = ipv6 ? Ipv6.HEADER_BYTES : Ipv4.HEADER_BYTES;
        int room = (ipv6 ? MAX_IPV6_BYTES : MAX_IPV4_BYTES) - header - Icmp.HEADER_BYTES;
        int quote = Math.min(quotedLength, room);
        int icmpLength = Icmp.HEADER_BYTES + quote;
        long icmp = at + header;
        Icmp.type(target, icmp, type);
        Icmp.code(target, icmp, code);
        Icmp.checksum(target, icmp, 0);
        Bytes.u32(target, icmp + 4, word);
        MemorySegment.copy(quoted, quotedIp, target, icmp + Icmp.HEADER_BYTES, quote);
        long pseudoSum = 0;
        if (ipv6) {
            Ipv6.firstWord(target, at, 0, 0);
            Ipv6.payloadLength(target, at, icmpLength);
            Ipv6.nextHeader(target, at, IpProtocol.ICMPV6);
            Ipv6.hopLimit(target, at, TTL);
            Ipv6.source(target, at, fromHigh, fromLow);
            Ipv6.destination(target, at, toHigh, toLow);
            pseudoSum =
                    Checksum.pseudoSum(
                            fromHigh, fromLow, toHigh, toLow, IpProtocol.ICMPV6, icmpLength);
        } else {
            int tos = Ipv4.tos(quoted, quotedIp);
            Ipv4.headerLength(target, at, header);
            Ipv4.tos(target, at, tos & ~(PRECEDENCE_MASK | ECN_MASK) | INTERNETWORK_CONTROL);
            Ipv4.totalLength(target, at, header + icmpLength);
            // As unique as that of the packet that provoked it.
            Ipv4.id(target, at, Ipv4.id(quoted, quotedIp));
            Ipv4.fragmentWord(target, at, 0);
            Ipv4.ttl(target, at, TTL);
            Ipv4.protocol(target, at, IpProtocol.ICMP);
            Ipv4.source(target, at, fromLow);
            Ipv4.destination(target, at, toLow);
            Ipv4.fillChecksum(target, at);
        }
        Icmp.checksum(target, icmp, Checksum.ofTransport(target, icmp, icmpLength, pseudoSum));
        return header + icmpLength;
    }
}
