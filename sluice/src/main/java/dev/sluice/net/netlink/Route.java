package dev.sluice.net.netlink;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// A route of the kernel, or its answer to where a packet would go. Made by the factories and
/// refined by the methods that return a changed copy: `Route.to(network,
/// 24).via(gateway).on(index)`.
///
/// @param nextHops several for a multi-path route, without those that are dead; none for
///   unreachable and the like
/// @param table 254 is main, 255 local
/// @param metric smaller is better
/// @param mtuBytes what the route says, 0 when only the interface counts
/// @param source what the kernel would use as source address, or null
public record Route(
        Address destination,
        int prefixBits,
        Type type,
        List<NextHop> nextHops,
        int table,
        int metric,
        int mtuBytes,
        @Nullable Address source) {

    public static final int TABLE_MAIN = 254;
    public static final int TABLE_LOCAL = 255;

    /// What a route does with packets (RTN_*).
    public enum Type {
        UNSPECIFIED,
        UNICAST,
        LOCAL,
        BROADCAST,
        ANYCAST,
        MULTICAST,
        BLACKHOLE,
        UNREACHABLE,
        PROHIBIT,
        THROW,
        OTHER
    }

    /// Where to, on the way.
    ///
    /// @param gateway null when the destination itself is on the link; may be of the other family
    public record NextHop(int interfaceIndex, @Nullable Address gateway, int weight) {}

    static final int HEADER_BYTES = 12; // struct rtmsg

    static final int DESTINATION = 1;
    static final int SOURCE = 2;
    static final int IN_INTERFACE = 3;
    static final int OUT_INTERFACE = 4;
    static final int GATEWAY = 5;
    static final int PRIORITY = 6;
    static final int PREFERRED_SOURCE = 7;
    static final int METRICS = 8;
    static final int MULTIPATH = 9;
    static final int TABLE = 15;
    static final int MARK = 16;
    static final int VIA = 18;
    static final int METRIC_MTU = 2;

    private static final int NEXT_HOP_BYTES = 8; // struct rtnexthop
    private static final int HOP_DEAD = 1; // RTNH_F_DEAD: the kernel does not choose it

    public static Route to(Address destination, int prefixBits) {
        return new Route(destination, prefixBits, Type.UNICAST, List.of(), TABLE_MAIN, 0, 0, null);
    }

    public static Route toHost(Address destination) {
        return to(destination, destination.bits());
    }

    public static Route byDefault(dev.sluice.wire.Family family) {
        return to(Families.any(family), 0);
    }

    /// Through a gateway, of either family.
    public Route via(Address gateway) {
        return withHop(new NextHop(interfaceIndex(), gateway, 1));
    }

    /// Out of an interface.
    public Route on(int interfaceIndex) {
        return withHop(new NextHop(interfaceIndex, gateway(), 1));
    }

    public Route ofType(Type newType) {
        return new Route(
                destination, prefixBits, newType, nextHops, table, metric, mtuBytes, source);
    }

    public Route inTable(int newTable) {
        return new Route(
                destination, prefixBits, type, nextHops, newTable, metric, mtuBytes, source);
    }

    public Route withMetric(int newMetric) {
        return new Route(
                destination, prefixBits, type, nextHops, table, newMetric, mtuBytes, source);
    }

    public Route withMtu(int newMtuBytes) {
        return new Route(
                destination, prefixBits, type, nextHops, table, metric, newMtuBytes, source);
    }

    public Route withSource(Address newSource) {
        return new Route(
                destination, prefixBits, type, nextHops, table, metric, mtuBytes, newSource);
    }

    /// The destinations it is about.
    public Prefix prefix() {
        return Prefix.of(destination, prefixBits);
    }

    /// Of the first next hop; 0 when there is none.
    public int interfaceIndex() {
        return nextHops.isEmpty() ? 0 : nextHops.getFirst().interfaceIndex();
    }

    /// Of the first next hop; null when there is none or the destination is on the link.
    public @Nullable Address gateway() {
        return nextHops.isEmpty() ? null : nextHops.getFirst().gateway();
    }

    @Override
    public String toString() {
        return (type == Type.UNICAST ? "" : type.name().toLowerCase(java.util.Locale.ROOT) + " ")
                + destination
                + "/"
                + prefixBits
                + (gateway() == null ? "" : " via " + gateway())
                + (interfaceIndex() == 0 ? "" : " on #" + interfaceIndex())
                + (table == TABLE_MAIN ? "" : " table " + table);
    }

    private Route withHop(NextHop hop) {
        return new Route(
                destination, prefixBits, type, List.of(hop), table, metric, mtuBytes, source);
    }

    /// Null for a family that is not IP.
    static @Nullable Route parse(ByteBuffer payload) {
        int family = payload.get(0) & 0xff;
        if (!Families.isIp(family)) {
            return null;
        }
        Attributes attributes = Attributes.parse(payload.duplicate().position(HEADER_BYTES));
        Address destination = attributes.address(DESTINATION);
        int type = payload.get(7) & 0xff;
        return new Route(
                destination == null ? Families.any(Families.of(family)) : destination,
                payload.get(1) & 0xff,
                type < Type.OTHER.ordinal() ? Type.values()[type] : Type.OTHER,
                nextHops(attributes),
                attributes.i32(TABLE, payload.get(4) & 0xff),
                attributes.i32(PRIORITY, 0),
                attributes.nest(METRICS).i32(METRIC_MTU, 0),
                attributes.address(PREFERRED_SOURCE));
    }

    private static List<NextHop> nextHops(Attributes attributes) {
        if (!attributes.has(MULTIPATH)) {
            int interfaceIndex = attributes.i32(OUT_INTERFACE, 0);
            return interfaceIndex == 0
                    ? List.of()
                    : List.of(new NextHop(interfaceIndex, gateway(attributes), 1));
        }
        // struct rtnexthop: length 16, flags 8, weight - 1 8, interface 32, then attributes.
        List<NextHop> hops = new ArrayList<>();
        ByteBuffer rest = attributes.buffer(MULTIPATH);
        while (rest.remaining() >= NEXT_HOP_BYTES) {
            int start = rest.position();
            int length = rest.getShort(start) & 0xffff;
            if (length < NEXT_HOP_BYTES || length > rest.remaining()) {
                break;
            }
            ByteBuffer own =
                    rest.slice(start, length)
                            .order(ByteOrder.nativeOrder())
                            .position(NEXT_HOP_BYTES);
            if ((rest.get(start + 2) & HOP_DEAD) == 0) {
                hops.add(
                        new NextHop(
                                rest.getInt(start + 4),
                                gateway(Attributes.parse(own)),
                                (rest.get(start + 3) & 0xff) + 1));
            }
            rest.position(Math.min(start + (length + 3 & ~3), rest.limit()));
        }
        return List.copyOf(hops);
    }

    private static @Nullable Address gateway(Attributes attributes) {
        byte[] via = attributes.bytes(VIA); // struct rtvia: family 16, address
        if (via != null && (via.length == 6 || via.length == 18)) {
            return Address.of(java.util.Arrays.copyOfRange(via, 2, via.length));
        }
        return attributes.address(GATEWAY);
    }
}
