package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;
import dev.sluice.net.netlink.Route;
import dev.sluice.wire.Address;

import java.util.List;
import java.util.function.Consumer;

/// A directly routed server behind a gateway: the packet still says the virtual address, so the
/// gateway sends it back, or away.
final class OffLinkServer implements Mistake {

    @Override
    public String kind() {
        return "direct-server-off-link";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        for (Facts.Server server : facts.servers) {
            if (server.method() == Forwarding.DIRECT_ROUTING
                    && isOffLink(facts, server.address())) {
                found.accept(
                        new Finding(
                                kind(),
                                Severity.WRONG,
                                server.address().toString(),
                                "real server "
                                        + server.inWords()
                                        + ", is not on a link of this machine: direct routing does"
                                        + " not pass a gateway",
                                List.of("route: " + facts.routeInWords(server.address())),
                                List.of(
                                        "put both on one link, or masquerade: ipvsadm -e SERVICE -r"
                                                + " "
                                                + server.address()
                                                + " -m")));
            }
        }
    }

    static boolean isOffLink(Facts facts, Address server) {
        Route route = facts.route(server);
        return route != null && route.type() == Route.Type.UNICAST && route.gateway() != null;
    }
}
