package dev.sluice.wire;

/// Why bytes are not a packet that can be balanced. The worker gives such packets back to the
/// stack, and counts them.
public enum Malformed {
    /// Neither IPv4 nor IPv6, or not a single byte.
    VERSION,
    /// The IPv4 header is cut, or its length is below 20 bytes.
    IPV4_HEADER,
    /// The IPv4 total length is below the header length or above what was captured.
    IPV4_LENGTH,
    /// The IPv4 header checksum is wrong.
    IPV4_CHECKSUM,
    /// The IPv6 header is cut.
    IPV6_HEADER,
    /// The IPv6 payload length is above what was captured.
    IPV6_LENGTH,
    /// An IPv6 extension header is cut, or there are two fragment headers.
    IPV6_EXTENSION,
    /// More than [PacketView#MAX_EXTENSION_HEADERS] IPv6 extension headers.
    IPV6_TOO_MANY_EXTENSIONS,
    /// An IPv6 routing header with segments left: the destination is a stopover, and checksums
    /// cover another address.
    IPV6_ROUTED,
    /// A fragment that reaches beyond the largest packet, or an empty one.
    FRAGMENT,
    /// The TCP header is cut, or its data offset is impossible.
    TCP_HEADER,
    /// The UDP header is cut, or its length is below 8 bytes or above what the packet holds.
    UDP_HEADER,
    /// The SCTP common header is cut.
    SCTP_HEADER,
    /// The ICMP or ICMPv6 header is cut.
    ICMP_HEADER
}
