package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.net.netlink.Route;

import java.util.List;
import java.util.function.Consumer;

/// A real server that this machine has no way to.
final class NoRoute implements Mistake {

    @Override
    public String kind() {
        return "server-without-route";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        for (Facts.Server server : facts.servers) {
            Route route = facts.route(server.address());
            if (route == null) {
                continue;
            }
            switch (route.type()) {
                case UNREACHABLE, PROHIBIT, BLACKHOLE -> found.accept(finding(facts, server));
                case UNSPECIFIED, UNICAST, LOCAL, BROADCAST, ANYCAST, MULTICAST, THROW, OTHER -> {}
            }
        }
    }

    private Finding finding(Facts facts, Facts.Server server) {
        return new Finding(
                kind(),
                Severity.WRONG,
                server.address().toString(),
                "no route to real server " + server.inWords(),
                List.of("route: " + facts.routeInWords(server.address())),
                List.of(
                        "give this machine an address in the server's network: ip address add"
                                + " ADDRESS/BITS dev INTERFACE; or a route: ip route add "
                                + server.address()
                                + " via GATEWAY"));
    }
}
