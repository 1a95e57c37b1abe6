package dev.sluice.worker;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.Route;
import dev.sluice.net.netlink.Routes.Query;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ipv4Fragmenter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the kernel by netlink.
///
/// An interface may vanish between two questions, a table may be full: a question that the kernel
/// refuses has no answer, and the worker goes on with its other packets.
public final class KernelRoutes implements RouteSource {

    private static final Logger LOG = LoggerFactory.getLogger(KernelRoutes.class);

    private final Rtnetlink netlink;

    public KernelRoutes(Rtnetlink netlink) {
        this.netlink = netlink;
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

    private @Nullable Answer lookUp(@Nullable Address source, Address destination) {
        Route route = netlink.routes().lookUp(Query.to(destination).from(source));
        if (route.type() == Route.Type.BLACKHOLE && source != null) {
            // The kernel answers so for a source that is not configured here, such as a VIP that
            // only the gate knows. It would route such a packet by its destination alone.
            route = netlink.routes().lookUp(Query.to(destination));
        }
        return switch (route.type()) {
            case UNICAST -> unicast(route, destination);
            case LOCAL -> new Answer(route.interfaceIndex(), 65535, true, destination, -1);
            default -> null;
        };
    }

    private Answer unicast(Route route, Address destination) {
        Link link = netlink.links().get(route.interfaceIndex());
        Address gateway = route.gateway();
        int routeBytes = route.mtuBytes() > 0 ? route.mtuBytes() : link.mtuBytes();
        return new Answer(
                link.index(),
                Math.max(Ipv4Fragmenter.MIN_MTU, Math.min(routeBytes, link.mtuBytes())),
                false,
                gateway == null ? destination : gateway,
                link.macAddress());
    }

    @Override
    public long linkAddress(int interfaceIndex, Address neighbour) {
        try {
            return netlink.neighbours()
                    .find(interfaceIndex, neighbour)
                    .filter(Neighbour::isUsable)
                    .map(Neighbour::macAddress)
                    .orElse(-1L);
        } catch (LinuxException e) {
            LOG.debug("neighbour {} unknown", neighbour, e);
            return -1;
        }
    }

    @Override
    public void use(int interfaceIndex, Address neighbour) {
        try {
            netlink.neighbours().use(interfaceIndex, neighbour);
        } catch (LinuxException e) {
            LOG.debug("neighbour {} not resolved", neighbour, e);
        }
    }
}
