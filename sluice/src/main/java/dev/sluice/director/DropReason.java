package dev.sluice.director;

import dev.sluice.director.forward.Transmission.Outcome;
import dev.sluice.wire.IcmpError;

import org.jspecify.annotations.Nullable;

/// Why a packet of a service did not go on. Each constant is a counter and a line in the manual.
/// Some also tell the client.
public enum DropReason {
    NO_REAL_SERVER(
            "the service has no real server with weight that is not overloaded",
            IcmpError.PORT_UNREACHABLE),
    REAL_SERVER_REMOVED("the connection's real server was removed from its service", null),
    NO_ROUTE("there is no route to the real server", IcmpError.HOST_UNREACHABLE),
    NEIGHBOUR_UNRESOLVED("the next hop does not answer", IcmpError.HOST_UNREACHABLE),
    TTL_EXPIRED("the time to live or hop limit ended here", IcmpError.TIME_EXCEEDED),
    TOO_BIG(
            "the packet exceeds the MTU towards the real server and must not be fragmented",
            IcmpError.PACKET_TOO_BIG),
    DEFENCE("drop_packet is on, and it was this packet's turn", null),
    UNEXPECTED_REPLY(
            "nat_icmp_send is on, and a masqueraded real server sent what belongs to no connection",
            IcmpError.PORT_UNREACHABLE),
    TABLE_FULL("the worker holds as many connections as it may", null),
    TUNNEL_ERROR("an ICMP error about a tunnel to a real server: its client is told instead", null),
    BAD_ICMP_CHECKSUM("an ICMP error about a connection has a wrong checksum", null);

    private final String explanation;
    private final @Nullable IcmpError answer;

    DropReason(String explanation, @Nullable IcmpError answer) {
        this.explanation = explanation;
        this.answer = answer;
    }

    /// Why a packet cannot go on to a real server.
    static DropReason of(Outcome outcome) {
        return switch (outcome) {
            case NO_ROUTE -> NO_ROUTE;
            case TTL_EXPIRED -> TTL_EXPIRED;
            case TOO_BIG -> TOO_BIG;
            case LEAVES, LOCAL -> throw new IllegalArgumentException("it goes on");
        };
    }

    /// One line for the manual.
    public String explanation() {
        return explanation;
    }

    /// What the sender is told, or null.
    @Nullable IcmpError answer() {
        return answer;
    }
}
