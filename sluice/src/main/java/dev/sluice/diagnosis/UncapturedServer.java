package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;
import dev.sluice.gate.Fronts.Front;
import dev.sluice.net.netlink.Link;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A masqueraded server whose way leaves by an interface where nothing is captured: its replies
/// come in there, and go on to clients untranslated, or nowhere.
final class UncapturedServer implements Mistake {

    @Override
    public String kind() {
        return "server-not-captured";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Map<Link, Named> behind = new LinkedHashMap<>();
        Map<Link, Facts.Server> first = new LinkedHashMap<>();
        for (Facts.Server server : facts.servers) {
            Link way = uncapturedWay(facts, server.address());
            if (server.method() == Forwarding.NAT && way != null) {
                behind.computeIfAbsent(way, _ -> new Named()).add(server.address().toString());
                first.putIfAbsent(way, server);
            }
        }
        behind.forEach((way, servers) -> {
            Facts.Server server = Objects.requireNonNull(first.get(way));
            found.accept(
                    new Finding(
                            kind(),
                            Severity.WRONG,
                            way.name(),
                            "masqueraded servers are behind "
                                    + way.name()
                                    + ", where nothing is captured: their replies are not"
                                    + " translated",
                            List.of(
                                    "servers: " + servers,
                                    "services: " + server.services(),
                                    "route: " + facts.routeInWords(server.address()),
                                    "captured: " + facts.capturedNames()),
                            List.of(restartWith(facts, way))));
        });
    }

    static boolean isUncaptured(Facts facts, Address server) {
        return uncapturedWay(facts, server) != null;
    }

    /// Where packets to an address leave, if nothing is captured there.
    private static @Nullable Link uncapturedWay(Facts facts, Address server) {
        Facts.Place hop = facts.nextHop(server);
        Link way = hop == null ? null : facts.link(hop.interfaceIndex());
        if (way == null || way.isLoopback() || facts.isCaptured(way.name())) {
            return null;
        }
        // An ipvlan has its lower device's link address: its packets are captured there.
        Link lower = way.kind().equals("ipvlan") ? facts.link(way.peerIndex()) : null;
        return lower != null && facts.isCaptured(lower.name()) ? null : way;
    }

    static String restartWith(Facts facts, Link link) {
        if (link.macAddress() < 0) {
            return link.name()
                    + " is no Ethernet interface, and nothing can be captured there: give "
                    + "the servers another way";
        }
        return "restart the daemon with it: sluice run "
                + Stream.concat(facts.fronts.stream().map(Front::name), Stream.of(link.name()))
                        .map(name -> "--interface " + name)
                        .collect(Collectors.joining(" "));
    }
}
