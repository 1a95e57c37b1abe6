package dev.sluice.daemon;

import dev.sluice.gate.Gates;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;

import java.util.List;

/// Which interfaces the director captures on.
final class DirectorInterfaces {

    private DirectorInterfaces() {}

    /// The named interfaces, or every one that can carry clients or real servers.
    static List<String> choose(List<String> named) {
        try (Rtnetlink netlink = Rtnetlink.open()) {
            List<String> present =
                    netlink.links().list().stream()
                            .filter(link -> !link.isLoopback() && link.macAddress() >= 0)
                            .filter(Link::isUp)
                            .filter(link -> !Gates.isOwn(link.name()))
                            .map(Link::name)
                            .toList();
            for (String name : named) {
                if (netlink.links().find(name).isEmpty()) {
                    throw new IllegalArgumentException(
                            "--interface "
                                    + name
                                    + ": there is no such interface; present and up: "
                                    + String.join(", ", present));
                }
            }
            if (named.isEmpty() && present.isEmpty()) {
                throw new IllegalArgumentException(
                        "no interface is up; bring one up or name it with --interface");
            }
            return named.isEmpty() ? present : named;
        }
    }
}
