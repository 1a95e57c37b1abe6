package dev.sluice.director;

import dev.sluice.wire.Icmp;
import dev.sluice.wire.Icmpv6;

/// The ICMP errors that a director makes, with type and code in both families.
public enum IcmpAnswer {
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
    TIME_EXCEEDED(Icmp.TIME_EXCEEDED, 0, Icmpv6.TIME_EXCEEDED, 0),
    TOO_BIG(Icmp.DESTINATION_UNREACHABLE, Icmp.FRAGMENTATION_NEEDED, Icmpv6.PACKET_TOO_BIG, 0);

    private final int type;
    private final int code;
    private final int typeIpv6;
    private final int codeIpv6;

    IcmpAnswer(int type, int code, int typeIpv6, int codeIpv6) {
        this.type = type;
        this.code = code;
        this.typeIpv6 = typeIpv6;
        this.codeIpv6 = codeIpv6;
    }

    int type(boolean ipv6) {
        return ipv6 ? typeIpv6 : type;
    }

    int code(boolean ipv6) {
        return ipv6 ? codeIpv6 : code;
    }
}
