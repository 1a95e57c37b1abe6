package dev.sluice.wire;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// One IP packet, parsed in place: the only gate through which bytes become a packet.
///
/// [#parse] proves every length once, reads each field that the director needs once, and keeps them
/// here; after it nothing checks a length again. An ICMP error also shows the flow it is about
/// ([#quote]). The object is reused for packet after packet, by one thread; nothing is allocated.
/// After a parse that found the bytes [Malformed] all facts are meaningless.
///
/// ```
///  frame
///  |      ip                    transport        payload               ip + length
///  |       |                        |               |                        |
///  v       v                        v               v                        v
///  +-------+-----------+------------+---------------+------------------------+---------+
///  | link  | IP header | extensions | TCP, UDP, ... |        payload         | padding |
///  +-------+-----------+------------+---------------+------------------------+---------+
///          |<---- headerLength ---->|<----------- transportLength ---------->|
/// ```
///
/// Addresses are pairs of longs as in [Address]: the IPv4 address is the low half, the high half is
/// 0.
public final class PacketView {

    /// How many IPv6 extension headers are followed.
    public static final int MAX_EXTENSION_HEADERS = 8;

    private static final int MAX_PACKET_BYTES = 65535;

    private long number;

    MemorySegment frame = MemorySegment.NULL;
    long ip;
    int length;
    final Flow flow = new Flow();
    long transport;
    int transportLength;
    boolean ports;
    int tcpFlags;
    int payloadOffset;

    boolean fragment;
    boolean laterFragment;
    int fragmentId;
    int fragmentOffset;

    boolean icmpError;
    boolean quoted;
    final Flow quote = new Flow();
    long quotedIp;
    long quotedTransport;
    int quotedTransportLength;
    boolean quotedFragment;
    boolean quotedLaterFragment;
    boolean quotedPorts;

    int mark;
    boolean partialChecksum;
    int gsoSize;

    /// Parses the IP packet at `start`, of which `length` bytes were captured; they must lie inside
    /// `frame`, and no byte outside of them is read. Bytes beyond the packet's own length are
    /// link-layer padding. Mark and vnet facts are cleared.
    ///
    /// A super-packet made by GRO or on the way to TSO is one packet of up to 65535 bytes. A larger
    /// one (BIG TCP) says 0 as its length; that is believed if more than 65535 bytes were captured,
    /// and malformed otherwise.
    ///
    /// @return null if the packet is fine
    public @Nullable Malformed parse(MemorySegment frame, long start, int length) {
        number++;
        this.frame = frame;
        ip = start;
        ports = false;
        flow.sourcePort = 0;
        flow.destinationPort = 0;
        tcpFlags = 0;
        payloadOffset = 0;
        icmpError = false;
        quoted = false;
        mark = 0;
        partialChecksum = false;
        gsoSize = 0;
        if (length <= 0) {
            return Malformed.VERSION;
        }
        int version = Ipv4.version(frame, start);
        Malformed malformed =
                version == 4
                        ? parseIpv4(length)
                        : version == 6 ? parseIpv6(length) : Malformed.VERSION;
        return malformed == null && !laterFragment ? parseTransport() : malformed;
    }

    private @Nullable Malformed parseIpv4(int available) {
        if (available < Ipv4.HEADER_BYTES) {
            return Malformed.IPV4_HEADER;
        }
        // The whole header in five reads; their sum is the checksum's.
        long lengths = Bytes.u32(frame, ip);
        long fragments = Bytes.u32(frame, ip + 4);
        long protocols = Bytes.u32(frame, ip + 8);
        long source = Bytes.u32(frame, ip + 12);
        long destination = Bytes.u32(frame, ip + 16);
        int headerLength = (int) (lengths >>> 24 & 0x0f) * 4;
        if (headerLength < Ipv4.HEADER_BYTES || headerLength > available) {
            return Malformed.IPV4_HEADER;
        }
        int totalLength = (int) lengths & 0xffff;
        if (totalLength == 0 && available > MAX_PACKET_BYTES) {
            totalLength = available;
        }
        if (totalLength < headerLength || totalLength > available) {
            return Malformed.IPV4_LENGTH;
        }
        long sum = lengths + fragments + protocols + source + destination;
        if (headerLength > Ipv4.HEADER_BYTES) {
            sum += Checksum.sum(frame, ip + Ipv4.HEADER_BYTES, headerLength - Ipv4.HEADER_BYTES);
        }
        if (Checksum.fold(sum) != 0xffff) {
            return Malformed.IPV4_CHECKSUM;
        }
        flow.ipv6 = false;
        length = totalLength;
        flow.protocol = (int) (protocols >>> 16) & 0xff;
        flow.sourceHigh = 0;
        flow.sourceLow = source;
        flow.destinationHigh = 0;
        flow.destinationLow = destination;
        transport = ip + headerLength;
        transportLength = totalLength - headerLength;
        fragmentId = (int) (fragments >>> 16);
        return noteFragment(
                ((int) fragments & Ipv4.OFFSET_MASK) * 8, (fragments & Ipv4.MORE_FRAGMENTS) != 0);
    }

    private @Nullable Malformed parseIpv6(int available) {
        if (available < Ipv6.HEADER_BYTES) {
            return Malformed.IPV6_HEADER;
        }
        int payloadLength = Ipv6.payloadLength(frame, ip);
        int totalLength = Ipv6.HEADER_BYTES + payloadLength;
        if (payloadLength == 0 && available > Ipv6.HEADER_BYTES + MAX_PACKET_BYTES) {
            totalLength = available;
        }
        if (totalLength > available) {
            return Malformed.IPV6_LENGTH;
        }
        flow.ipv6 = true;
        length = totalLength;
        flow.protocol = Ipv6.nextHeader(frame, ip);
        flow.sourceHigh = Ipv6.sourceHigh(frame, ip);
        flow.sourceLow = Ipv6.sourceLow(frame, ip);
        flow.destinationHigh = Ipv6.destinationHigh(frame, ip);
        flow.destinationLow = Ipv6.destinationLow(frame, ip);
        transport = ip + Ipv6.HEADER_BYTES;
        transportLength = totalLength - Ipv6.HEADER_BYTES;
        fragment = false;
        laterFragment = false;
        fragmentId = 0;
        fragmentOffset = 0;
        return IpProtocol.isExtension(flow.protocol) ? skipExtensions() : null;
    }

    /// Moves `protocol` and `transport` behind the extension headers.
    private @Nullable Malformed skipExtensions() {
        boolean fragmentSeen = false;
        for (int i = 0; IpProtocol.isExtension(flow.protocol); i++) {
            if (i == MAX_EXTENSION_HEADERS) {
                return Malformed.IPV6_TOO_MANY_EXTENSIONS;
            }
            if (transportLength < 8) {
                return Malformed.IPV6_EXTENSION;
            }
            int bytes = extensionLength(frame, transport, flow.protocol);
            if (bytes > transportLength) {
                return Malformed.IPV6_EXTENSION;
            }
            if (flow.protocol == IpProtocol.ROUTING && Bytes.u8(frame, transport + 3) != 0) {
                return Malformed.IPV6_ROUTED;
            }
            long extension = transport;
            boolean isFragmentHeader = flow.protocol == IpProtocol.FRAGMENT;
            flow.protocol = Bytes.u8(frame, extension);
            transport += bytes;
            transportLength -= bytes;
            if (isFragmentHeader) {
                if (fragmentSeen) {
                    return Malformed.IPV6_EXTENSION;
                }
                fragmentSeen = true;
                fragmentId = Ipv6.fragmentId(frame, extension);
                Malformed malformed =
                        noteFragment(
                                Ipv6.fragmentOffset(frame, extension),
                                Ipv6.moreFragments(frame, extension));
                if (malformed != null || laterFragment) {
                    return malformed;
                }
            }
        }
        return null;
    }

    private @Nullable Malformed noteFragment(int offset, boolean more) {
        fragmentOffset = offset;
        laterFragment = offset != 0;
        fragment = laterFragment || more;
        boolean impossible =
                fragment && (transportLength == 0 || offset + transportLength > MAX_PACKET_BYTES);
        return impossible ? Malformed.FRAGMENT : null;
    }

    private @Nullable Malformed parseTransport() {
        return switch (flow.protocol) {
            case IpProtocol.TCP -> parseTcp();
            case IpProtocol.UDP -> parseUdp();
            case IpProtocol.SCTP -> parseSctp();
            case IpProtocol.ICMP -> flow.ipv6 ? null : parseIcmp();
            case IpProtocol.ICMPV6 -> flow.ipv6 ? parseIcmp() : null;
            default -> null;
        };
    }

    private @Nullable Malformed parseTcp() {
        if (transportLength < Tcp.HEADER_BYTES) {
            return Malformed.TCP_HEADER;
        }
        int offsetAndFlags = Bytes.u16(frame, transport + 12);
        int headerLength = offsetAndFlags >>> 12 << 2;
        if (headerLength < Tcp.HEADER_BYTES || headerLength > transportLength) {
            return Malformed.TCP_HEADER;
        }
        tcpFlags = offsetAndFlags & 0xff;
        payloadOffset = headerLength;
        readPorts();
        return null;
    }

    private @Nullable Malformed parseUdp() {
        if (transportLength < Udp.HEADER_BYTES) {
            return Malformed.UDP_HEADER;
        }
        int udpLength = Udp.length(frame, transport);
        // A first fragment holds less than the datagram.
        if (udpLength < Udp.HEADER_BYTES || udpLength > transportLength && !fragment) {
            return Malformed.UDP_HEADER;
        }
        payloadOffset = Udp.HEADER_BYTES;
        readPorts();
        return null;
    }

    private @Nullable Malformed parseSctp() {
        if (transportLength < Sctp.HEADER_BYTES) {
            return Malformed.SCTP_HEADER;
        }
        payloadOffset = Sctp.HEADER_BYTES;
        readPorts();
        return null;
    }

    /// All three protocols start with the two ports.
    private void readPorts() {
        int both = (int) Bytes.u32(frame, transport);
        flow.sourcePort = both >>> 16;
        flow.destinationPort = both & 0xffff;
        ports = true;
    }

    private @Nullable Malformed parseIcmp() {
        if (transportLength < Icmp.HEADER_BYTES) {
            return Malformed.ICMP_HEADER;
        }
        payloadOffset = Icmp.HEADER_BYTES;
        int type = Icmp.type(frame, transport);
        icmpError = flow.ipv6 ? Icmpv6.isError(type) : Icmp.isFlowError(type);
        if (icmpError) {
            readQuote(transport + Icmp.HEADER_BYTES);
        }
        return null;
    }

    /// Reads the quoted packet at `start`, which ends with this packet at the latest. Its length
    /// field says how long it was, not how much of it is here. A quote that is not an IP header
    /// makes an error without a flow, not a malformed packet.
    private void readQuote(long start) {
        quoted = false;
        quotedPorts = false;
        quote.sourcePort = 0;
        quote.destinationPort = 0;
        int available = (int) (ip + length - start);
        if (available <= 0) {
            return;
        }
        quotedIp = start;
        int version = Ipv4.version(frame, start);
        quoted = version == 4 ? readIpv4Quote(available) : version == 6 && readIpv6Quote(available);
        if (quoted
                && !quotedLaterFragment
                && quotedTransportLength >= 4
                && IpProtocol.hasPorts(quote.protocol)) {
            quotedPorts = true;
            quote.sourcePort = Bytes.u16(frame, quotedTransport);
            quote.destinationPort = Bytes.u16(frame, quotedTransport + 2);
        }
    }

    private boolean readIpv4Quote(int available) {
        if (available < Ipv4.HEADER_BYTES) {
            return false;
        }
        int headerLength = Ipv4.headerLength(frame, quotedIp);
        if (headerLength < Ipv4.HEADER_BYTES || headerLength > available) {
            return false;
        }
        quote.ipv6 = false;
        quote.protocol = Ipv4.protocol(frame, quotedIp);
        quotedTransport = quotedIp + headerLength;
        quotedTransportLength = available - headerLength;
        int fragmentWord = Ipv4.fragmentWord(frame, quotedIp);
        quotedFragment = (fragmentWord & (Ipv4.OFFSET_MASK | Ipv4.MORE_FRAGMENTS)) != 0;
        quotedLaterFragment = (fragmentWord & Ipv4.OFFSET_MASK) != 0;
        quote.sourceHigh = 0;
        quote.sourceLow = Ipv4.source(frame, quotedIp);
        quote.destinationHigh = 0;
        quote.destinationLow = Ipv4.destination(frame, quotedIp);
        return true;
    }

    private boolean readIpv6Quote(int available) {
        if (available < Ipv6.HEADER_BYTES) {
            return false;
        }
        int next = Ipv6.nextHeader(frame, quotedIp);
        long at = quotedIp + Ipv6.HEADER_BYTES;
        int rest = available - Ipv6.HEADER_BYTES;
        quote.ipv6 = true;
        quotedFragment = false;
        quotedLaterFragment = false;
        for (int i = 0; IpProtocol.isExtension(next) && !quotedLaterFragment; i++) {
            if (i == MAX_EXTENSION_HEADERS || rest < 8) {
                return false;
            }
            int bytes = extensionLength(frame, at, next);
            if (bytes > rest) {
                return false;
            }
            if (next == IpProtocol.FRAGMENT) {
                quotedLaterFragment = Ipv6.fragmentOffset(frame, at) != 0;
                quotedFragment = quotedLaterFragment || Ipv6.moreFragments(frame, at);
            }
            next = Bytes.u8(frame, at);
            at += bytes;
            rest -= bytes;
        }
        quote.protocol = next;
        quotedTransport = at;
        quotedTransportLength = rest;
        quote.sourceHigh = Ipv6.sourceHigh(frame, quotedIp);
        quote.sourceLow = Ipv6.sourceLow(frame, quotedIp);
        quote.destinationHigh = Ipv6.destinationHigh(frame, quotedIp);
        quote.destinationLow = Ipv6.destinationLow(frame, quotedIp);
        return true;
    }

    private static int extensionLength(MemorySegment frame, long extension, int protocol) {
        int field = Bytes.u8(frame, extension + 1);
        return switch (protocol) {
            case IpProtocol.FRAGMENT -> Ipv6.FRAGMENT_HEADER_BYTES;
            case IpProtocol.AH -> (field + 2) * 4;
            default -> (field + 1) * 8;
        };
    }

    /// Which packet this is, of all that this view has shown.
    public long number() {
        return number;
    }

    /// The memory the packet lies in.
    public MemorySegment frame() {
        return frame;
    }

    /// Where the IP header starts.
    public long ip() {
        return ip;
    }

    /// The IP packet's bytes, header included, padding not.
    public int length() {
        return length;
    }

    /// Who talks to whom, by which protocol. Changed by [Rewrite] only.
    public Flow flow() {
        return flow;
    }

    public boolean isIpv6() {
        return flow.ipv6;
    }

    /// The upper-layer protocol, behind IPv6 extension headers. Of a later IPv6 fragment: what its
    /// fragment header says, possibly an extension header.
    public int protocol() {
        return flow.protocol;
    }

    /// Where the upper-layer header starts; in a later fragment its data.
    public long transport() {
        return transport;
    }

    /// Bytes from [#transport] to the packet's end.
    public int transportLength() {
        return transportLength;
    }

    /// Bytes from [#ip] to [#transport], options and extension headers included.
    public int headerLength() {
        return (int) (transport - ip);
    }

    /// Where the payload of TCP, UDP, SCTP or ICMP starts; [#transport] for other protocols.
    public long payload() {
        return transport + payloadOffset;
    }

    public int payloadLength() {
        return transportLength - payloadOffset;
    }

    public long sourceHigh() {
        return flow.sourceHigh;
    }

    public long sourceLow() {
        return flow.sourceLow;
    }

    public long destinationHigh() {
        return flow.destinationHigh;
    }

    public long destinationLow() {
        return flow.destinationLow;
    }

    /// Whether the ports of TCP, UDP or SCTP are here. Not in later fragments.
    public boolean hasPorts() {
        return ports;
    }

    /// 0 without ports.
    public int sourcePort() {
        return flow.sourcePort;
    }

    /// 0 without ports.
    public int destinationPort() {
        return flow.destinationPort;
    }

    /// Eight bits, see [Tcp]; 0 for other protocols.
    public int tcpFlags() {
        return tcpFlags;
    }

    /// Whether this is one of several fragments. An atomic fragment (RFC 6946) is a whole packet.
    public boolean isFragment() {
        return fragment;
    }

    public boolean isFirstFragment() {
        return fragment && !laterFragment;
    }

    /// Whether this is a fragment without the upper-layer header.
    public boolean isLaterFragment() {
        return laterFragment;
    }

    /// Whether the last byte of the fragmented packet is in here.
    public boolean isLastFragment() {
        return fragment
                && (flow.ipv6
                        ? laterFragment && !moreIpv6Fragments()
                        : (Ipv4.fragmentWord(frame, ip) & Ipv4.MORE_FRAGMENTS) == 0);
    }

    // A later fragment's fragment header is the last one, just before its data.
    private boolean moreIpv6Fragments() {
        return Ipv6.moreFragments(frame, transport - Ipv6.FRAGMENT_HEADER_BYTES);
    }

    /// In bytes.
    public int fragmentOffset() {
        return fragmentOffset;
    }

    /// IPv4: the 16-bit identification of any packet. IPv6: the 32 bits of the fragment header, or
    /// 0 without one.
    public int fragmentId() {
        return fragmentId;
    }

    /// The type of service of IPv4, the traffic class of IPv6.
    public int trafficClass() {
        return flow.ipv6 ? Ipv6.trafficClass(frame, ip) : Ipv4.tos(frame, ip);
    }

    /// The time to live, or the hop limit.
    public int ttl() {
        return flow.ipv6 ? Ipv6.hopLimit(frame, ip) : Ipv4.ttl(frame, ip);
    }

    /// Always true for IPv6, which routers never fragment.
    public boolean dontFragment() {
        return flow.ipv6 || (Ipv4.fragmentWord(frame, ip) & Ipv4.DONT_FRAGMENT) != 0;
    }

    /// Whether this is ICMP or ICMPv6, with its header here.
    public boolean isIcmp() {
        return flow.protocol == (flow.ipv6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP) && !laterFragment;
    }

    /// Only if [#isIcmp].
    public int icmpType() {
        return Icmp.type(frame, transport);
    }

    /// Only if [#isIcmp].
    public int icmpCode() {
        return Icmp.code(frame, transport);
    }

    /// Whether this is an ICMP error that concerns a flow: destination unreachable, source quench,
    /// time exceeded, or any ICMPv6 type below 128. Redirects and parameter problems of IPv4 are
    /// not, as in Linux.
    public boolean isIcmpError() {
        return icmpError;
    }

    /// Whether this is an ICMP error whose quote starts with an IP header. Then, and only then, the
    /// [#quote] and the `quoted…` facts hold.
    public boolean hasQuote() {
        return quoted;
    }

    /// The flow of the packet that this ICMP error is about, as it was under way; its ports are 0
    /// without [#quotedHasPorts].
    public Flow quote() {
        return quote;
    }

    public long quotedIp() {
        return quotedIp;
    }

    public long quotedTransport() {
        return quotedTransport;
    }

    /// How many bytes are left of the packet at [#quotedTransport]; quotes are truncated.
    public int quotedTransportLength() {
        return quotedTransportLength;
    }

    public boolean quotedIsFragment() {
        return quotedFragment;
    }

    public boolean quotedIsLaterFragment() {
        return quotedLaterFragment;
    }

    /// Whether the quote reaches as far as the ports of TCP, UDP or SCTP.
    public boolean quotedHasPorts() {
        return quotedPorts;
    }

    /// Makes [#quote] and the `quoted…` facts those of an IP header further inside the quote: of a
    /// packet in a tunnel packet. `start` lies behind [#quotedTransport]; what is there may be
    /// anything.
    ///
    /// @return [#hasQuote], of the inner packet
    public boolean quoteAt(long start) {
        readQuote(start);
        return quoted;
    }

    /// The firewall mark the packet carried, or 0.
    public int mark() {
        return mark;
    }

    public void mark(int mark) {
        this.mark = mark;
    }

    /// Whether the transport checksum is partial (`CHECKSUM_PARTIAL`): the field holds the folded
    /// sum of the pseudo-header, not complemented, and somebody later adds the rest.
    public boolean isChecksumPartial() {
        return partialChecksum;
    }

    public void partialChecksum(boolean partial) {
        partialChecksum = partial;
    }

    /// Payload bytes of each packet that this super-packet will be cut into, or 0.
    public int gsoSize() {
        return gsoSize;
    }

    /// A fragment is none, whatever its frame's metadata say.
    public void gsoSize(int bytes) {
        gsoSize = isFragment() ? 0 : bytes;
    }
}
