package dev.sluice.worker;

import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.Route;
import dev.sluice.net.netlink.Routes.Query;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ipv4Fragmenter;

import org.jspecify.annotations.Nullable;

/// Asks the kernel by netlink.
public final class KernelRoutes implements RouteSource {

    private final Rtnetlink netlink;

    public KernelRoutes(Rtnetlink netlink) {
        this.netlink = netlink;
    }

    @Override
    public @Nullable Answer route(@Nullable Address source, Address destination) {
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
        return netlink.neighbours()
                .find(interfaceIndex, neighbour)
                .filter(Neighbour::isUsable)
                .map(Neighbour::macAddress)
                .orElse(-1L);
    }

    @Override
    public void use(int interfaceIndex, Address neighbour) {
        netlink.neighbours().use(interfaceIndex, neighbour);
    }
}
