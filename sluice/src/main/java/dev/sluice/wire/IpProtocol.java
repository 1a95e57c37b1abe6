package dev.sluice.wire;

/// Protocol numbers of IANA's list, as far as this program meets them: the IPv4 protocol field and
/// the IPv6 next header share them.
public final class IpProtocol {

    public static final int HOP_BY_HOP = 0;
    public static final int ICMP = 1;
    public static final int IPV4 = 4;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int IPV6 = 41;
    public static final int ROUTING = 43;
    public static final int FRAGMENT = 44;
    public static final int GRE = 47;
    public static final int ESP = 50;
    public static final int AH = 51;
    public static final int ICMPV6 = 58;
    public static final int NONE = 59;
    public static final int DESTINATION_OPTIONS = 60;
    public static final int VRRP = 112;
    public static final int SCTP = 132;

    private IpProtocol() {}

    /// Whether the header starts with source and destination port.
    public static boolean hasPorts(int protocol) {
        return protocol == TCP || protocol == UDP || protocol == SCTP;
    }

    /// An IPv6 extension header that may stand before the transport header (RFC 8200 §4).
    public static boolean isExtension(int nextHeader) {
        return switch (nextHeader) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, AH, DESTINATION_OPTIONS -> true;
            default -> false;
        };
    }
}
