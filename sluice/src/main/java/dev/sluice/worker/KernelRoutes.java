package dev.sluice.worker;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Route;
import dev.sluice.net.netlink.Routes.Query;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ipv4Fragmenter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;

/// Asks the kernel by netlink.
///
/// An interface may vanish between two questions, a table may be full: a question that the kernel
/// refuses has no answer, and the worker goes on with its other packets.
final class KernelRoutes implements RouteSource {

    private static final Logger LOG = LoggerFactory.getLogger(KernelRoutes.class);

    private final Rtnetlink netlink;
    private final KernelNeighbours neighbours;

    /// @param netlink for this object alone
    KernelRoutes(Rtnetlink netlink, KernelNeighbours neighbours) {
        this.netlink = netlink;
        this.neighbours = neighbours;
    }

    @Override
    public @Nullable Answer route(@Nullable Address source, Address destination) {
        try {
            return lookUp(source, destination);
        } catch (LinuxException e) {
            LOG.debug("no route to {}", destination, e);
            return null;
        }
    }

    @Override
    public @Nullable Address source(Address destination) {
        try {
            return netlink.routes().lookUp(Query.to(destination)).source();
        } catch (LinuxException e) {
            LOG.debug("no source address for {}", destination, e);
            return null;
        }
    }

    private @Nullable Answer lookUp(@Nullable Address source, Address destination) {
        Query query = Query.to(destination).from(source);
        Route route = netlink.routes().lookUp(query);
        if (route.type() == Route.Type.BLACKHOLE && source != null) {
            // The kernel answers so for a source that is not configured here, such as a VIP that
            // only the gate knows. It would route such a packet by its destination alone.
            query = Query.to(destination);
            route = netlink.routes().lookUp(query);
        }
        return switch (route.type()) {
            case UNICAST -> new Answer(hops(route, query));
            case LOCAL -> new Answer(List.of());
            default -> null;
        };
    }

    /// What the kernel would do with this destination says which way; the route that says so may
    /// have equal ones beside it, and its MTU is that of every destination. For IPv6 that second
    /// question passes over rules about the source, so the first one's answer must be among its
    /// ways to count.
    private List<Hop> hops(Route route, Query query) {
        Route matched = netlink.routes().match(query);
        List<Route.NextHop> chosen = route.nextHops();
        boolean same = matched.nextHops().stream().anyMatch(hop -> leadsTo(hop, chosen.getFirst()));
        List<Hop> hops = new ArrayList<>();
        for (Route.NextHop hop : same ? matched.nextHops() : chosen) {
            hops.add(hop(hop, same ? matched.mtuBytes() : route.mtuBytes()));
        }
        return hops;
    }

    private static boolean leadsTo(Route.NextHop hop, Route.NextHop other) {
        Address gateway = hop.gateway();
        return hop.interfaceIndex() == other.interfaceIndex()
                && (gateway == null ? other.gateway() == null : gateway.equals(other.gateway()));
    }

    private Hop hop(Route.NextHop hop, int mtuOfRoute) {
        Link link = netlink.links().get(hop.interfaceIndex());
        int mtuBytes = mtuOfRoute > 0 ? Math.min(mtuOfRoute, link.mtuBytes()) : link.mtuBytes();
        return new Hop(
                link.index(),
                Math.max(Ipv4Fragmenter.MIN_MTU, mtuBytes),
                hop.gateway(),
                link.macAddress(),
                hop.weight());
    }

    @Override
    public long linkAddress(HopKey neighbour) {
        return neighbours.mac(neighbour);
    }

    @Override
    public boolean use(HopKey neighbour) {
        return neighbours.use(neighbour);
    }
}
