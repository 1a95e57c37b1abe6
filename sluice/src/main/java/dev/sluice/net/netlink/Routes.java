package dev.sluice.net.netlink;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/// The kernel's routing tables, and the question where a packet would go.
public final class Routes {

    static final int NEW = 24;
    static final int DELETE = 25;
    private static final int GET = 26;

    private static final int PROTOCOL_STATIC = 4;
    private static final int SCOPE_UNIVERSE = 0;
    private static final int SCOPE_LINK = 253;
    private static final int SCOPE_HOST = 254;
    private static final int SCOPE_NOWHERE = 255;
    private static final int FLAG_LOOKUP_TABLE = 0x1000; // IPv4 tells the table only then
    private static final int FLAG_FIB_MATCH = 0x2000;

    private static final int EXDEV = 18; // rp_filter on an incoming interface

    private final NetlinkSocket socket;

    Routes(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// All tables of a family, with the entries that the kernel keeps for itself (table 255).
    public List<Route> list(Family family) {
        Message request = Message.of("RTM_GETROUTE", GET, 0, "all");
        return socket.dump(header(request, Families.number(family), 0, 0, 0, 0, 0, 0, 0)).stream()
                .map(reply -> Route.parse(reply.payload()))
                .filter(Objects::nonNull)
                .toList();
    }

    /// The destinations of all routes of a family, in every table, one after another; some maybe
    /// more than once. Of a million routes nothing is kept.
    public void prefixes(Family family, Consumer<Prefix> visitor) {
        Message request = Message.of("RTM_GETROUTE", GET, 0, "all");
        socket.dump(
                header(request, Families.number(family), 0, 0, 0, 0, 0, 0, 0),
                reply -> {
                    Route route = Route.parse(reply.payload());
                    if (route != null) {
                        visitor.accept(route.prefix());
                    }
                });
    }

    /// Adds a route, or fails with EEXIST.
    public void add(Route route) {
        socket.change(write("RTM_NEWROUTE", NEW, Message.CREATE | Message.EXCLUSIVE, route));
    }

    /// Adds a route, or takes the place of the one for the same destination, table and metric.
    public void replace(Route route) {
        socket.change(write("RTM_NEWROUTE", NEW, Message.CREATE | Message.REPLACE, route));
    }

    public void delete(Route route) {
        socket.change(write("RTM_DELROUTE", DELETE, 0, route));
    }

    /// What to ask the kernel about; made by [#to] and refined like [Route].
    ///
    /// @param source null to let the kernel choose. Without `inInterface` it must be an address of
    ///   this machine (IPv4), or the answer is [Route.Type#BLACKHOLE].
    /// @param inInterface 0 for a packet of our own; else the question is how one that came in
    ///   there is forwarded, and forwarding must be on
    /// @param outInterface 0 for any
    public record Query(
            Address destination,
            @Nullable Address source,
            int inInterface,
            int outInterface,
            int mark) {

        public static Query to(Address destination) {
            return new Query(destination, null, 0, 0, 0);
        }

        public Query from(@Nullable Address newSource) {
            return new Query(destination, newSource, inInterface, outInterface, mark);
        }

        public Query in(int newInInterface) {
            return new Query(destination, source, newInInterface, outInterface, mark);
        }

        public Query out(int newOutInterface) {
            return new Query(destination, source, inInterface, newOutInterface, mark);
        }

        public Query marked(int newMark) {
            return new Query(destination, source, inInterface, outInterface, newMark);
        }

        @Override
        public String toString() {
            return destination
                    + (source == null ? "" : " from " + source)
                    + (inInterface == 0 ? "" : " in #" + inInterface)
                    + (outInterface == 0 ? "" : " out #" + outInterface)
                    + (mark == 0 ? "" : " mark " + mark);
        }
    }

    /// Where a packet would go, rules included. No route is an answer too: of type UNREACHABLE,
    /// PROHIBIT or BLACKHOLE, without next hops.
    public Route lookUp(Query query) {
        return lookUp(query, query.destination.isIpv6() ? 0 : FLAG_LOOKUP_TABLE);
    }

    /// The route that says where a packet would go, as it stands in its table: with all its next
    /// hops, and without what was learned about single destinations. For IPv6, rules that look at
    /// the source are passed over.
    public Route match(Query query) {
        return lookUp(query, FLAG_FIB_MATCH);
    }

    private Route lookUp(Query query, int flags) {
        Message request = Message.of("RTM_GETROUTE", GET, 0, query.toString());
        Address source = query.source;
        header(
                request,
                Families.number(query.destination),
                query.destination.bits(),
                source == null ? 0 : source.bits(),
                0,
                0,
                0,
                0,
                flags);
        request.attribute(Route.DESTINATION, query.destination);
        if (source != null) {
            request.attribute(Route.SOURCE, source);
        }
        if (query.inInterface != 0) {
            request.attributeI32(Route.IN_INTERFACE, query.inInterface);
        }
        if (query.outInterface != 0) {
            request.attributeI32(Route.OUT_INTERFACE, query.outInterface);
        }
        if (query.mark != 0) {
            request.attributeI32(Route.MARK, query.mark);
        }
        try {
            return Objects.requireNonNull(Route.parse(socket.get(request).payload()));
        } catch (LinuxException e) {
            return Route.toHost(query.destination).ofType(refusal(e));
        }
    }

    /// What kind of route makes the kernel refuse a packet with this error.
    private static Route.Type refusal(LinuxException refused) {
        int errno = refused.errno();
        // An EINVAL with words is about our question, one without about the route.
        if (errno == EXDEV || errno == Errno.EINVAL && refused.hint().isEmpty()) {
            return Route.Type.BLACKHOLE;
        }
        return switch (errno) {
            case Errno.ENETUNREACH, Errno.EHOSTUNREACH -> Route.Type.UNREACHABLE;
            case Errno.EACCES -> Route.Type.PROHIBIT;
            default -> throw refused;
        };
    }

    private static Message write(String call, int type, int flags, Route route) {
        if (route.nextHops().size() > 1) {
            throw new IllegalArgumentException("multi-path routes are read, not written");
        }
        Message message = Message.of(call, type, flags, route.toString());
        boolean deleting = type == DELETE;
        header(
                message,
                Families.number(route.destination()),
                route.prefixBits(),
                0,
                Math.min(route.table(), 255) == route.table() ? route.table() : 0,
                deleting ? 0 : PROTOCOL_STATIC,
                deleting ? SCOPE_NOWHERE : scope(route),
                route.type().ordinal(),
                0);
        if (route.prefixBits() > 0) {
            message.attribute(Route.DESTINATION, route.destination());
        }
        message.attributeI32(Route.TABLE, route.table());
        if (route.interfaceIndex() != 0) {
            message.attributeI32(Route.OUT_INTERFACE, route.interfaceIndex());
        }
        Address gateway = route.gateway();
        if (gateway != null && gateway.family() == route.destination().family()) {
            message.attribute(Route.GATEWAY, gateway);
        } else if (gateway != null) {
            message.attribute(Route.VIA, via(gateway));
        }
        Address source = route.source();
        if (source != null) {
            message.attribute(Route.PREFERRED_SOURCE, source);
        }
        if (route.metric() != 0) {
            message.attributeI32(Route.PRIORITY, route.metric());
        }
        if (route.mtuBytes() != 0) {
            message.nest(
                    Route.METRICS,
                    metrics -> metrics.attributeI32(Route.METRIC_MTU, route.mtuBytes()));
        }
        return message;
    }

    private static int scope(Route route) {
        if (route.destination().isIpv6()) {
            return SCOPE_UNIVERSE;
        }
        return switch (route.type()) {
            case LOCAL -> SCOPE_HOST;
            case BROADCAST, ANYCAST, MULTICAST -> SCOPE_LINK;
            case UNICAST -> route.gateway() == null ? SCOPE_LINK : SCOPE_UNIVERSE;
            case UNSPECIFIED, BLACKHOLE, UNREACHABLE, PROHIBIT, THROW, OTHER -> SCOPE_UNIVERSE;
        };
    }

    private static byte[] via(Address gateway) {
        byte[] address = gateway.bytes();
        return ByteBuffer.allocate(2 + address.length)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Families.number(gateway))
                .put(address)
                .array();
    }

    /// With `struct rtmsg`: family, destination bits, source bits, TOS, table, protocol, scope,
    /// type, 8 bits each, flags 32.
    private static Message header(
            Message message,
            int family,
            int destinationBits,
            int sourceBits,
            int table,
            int protocol,
            int scope,
            int type,
            int flags) {
        return message.u8(family)
                .u8(destinationBits)
                .u8(sourceBits)
                .u8(0)
                .u8(table)
                .u8(protocol)
                .u8(scope)
                .u8(type)
                .i32(flags);
    }
}
