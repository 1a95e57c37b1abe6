package dev.sluice.daemon;

import dev.sluice.gate.Gates;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;

import java.util.List;

/// Which interfaces the director captures on.
final class DirectorInterfaces {

    private DirectorInterfaces() {}

    /// The named interfaces, of which all but one may come later, or every one that can carry
    /// clients or real servers, of which all but one may be down yet.
    static List<String> choose(List<String> named) {
        try (Rtnetlink netlink = Rtnetlink.open()) {
            List<Link> links = netlink.links().list();
            List<Link> fit = links.stream().filter(link -> Gates.isFit(link, links)).toList();
            List<String> present = fit.stream().filter(Link::isUp).map(Link::name).toList();
            boolean anyThere =
                    named.stream().anyMatch(name -> netlink.links().find(name).isPresent());
            if (!named.isEmpty() && !anyThere) {
                throw new IllegalArgumentException(
                        "--interface "
                                + String.join(",", named)
                                + ": there is no such interface; present and up: "
                                + String.join(", ", present));
            }
            if (named.isEmpty() && present.isEmpty()) {
                throw new IllegalArgumentException(
                        "no interface is up; bring one up or name it with --interface");
            }
            return named.isEmpty()
                    ? fit.stream().map(Link::name).toList()
                    : named.stream().distinct().toList();
        }
    }
}
