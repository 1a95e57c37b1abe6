package dev.sluice.worker;

import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Paths;
import dev.sluice.net.netlink.Prefix;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The kernel's routes, remembered: one question for all destinations that get the same answer
/// ([AddressPieces]), from one source. A million clients behind a default route cost one question.
///
/// ```
///  destination ──► its piece ──► answer for (source, piece) ──┬─ a gateway
///                                                             ├─ one of several, by source and destination
///                                                             └─ on the link: the destination's own neighbour
/// ```
///
/// This is a memory of answers, not a second routing table: policy rules, metrics and the choice of
/// the route stay the kernel's business. Which of several equal ways a client's packets take is
/// chosen here, by the kernel's weights and a hash of our own, since the kernel would have to be
/// asked for each client. What the kernel learned about single destinations (path MTU exceptions)
/// is not regarded, as when it forwards.
///
/// Belongs to one worker.
final class RouteCache implements Paths {

    /// Of each family: sources times pieces that traffic uses.
    private static final int ANSWERS = 1 << 15;

    /// Machines on the link.
    private static final int HOSTS = 1 << 16;

    /// Tunnelled real servers.
    private static final int SOURCES = 1 << 14;

    private static final Address NO_SOURCE = Address.ANY_IPV4;

    private final RouteSource kernel;
    private final NextHops nextHops;
    private final CachedRoute noRoute = CachedRoute.local(-1);
    private final RouteMemory<CachedRoute> ipv4Answers = new RouteMemory<>(ANSWERS);
    private final RouteMemory<CachedRoute> ipv6Answers = new RouteMemory<>(ANSWERS);
    private final RouteMemory<CachedRoute> hosts = new RouteMemory<>(HOSTS);
    private final RouteMemory<Address> sources = new RouteMemory<>(SOURCES);
    private AddressPieces pieces;
    private long lastId;

    RouteCache(RouteSource kernel, AddressPieces pieces, Losses losses) {
        this.kernel = kernel;
        this.pieces = pieces;
        nextHops = new NextHops(kernel, losses);
    }

    NextHops nextHops() {
        return nextHops;
    }

    @Override
    public @Nullable Path find(
            boolean ipv6,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        int piece = pieces.find(ipv6, destinationHigh, destinationLow);
        long high = pieces.high(ipv6, piece);
        long low = pieces.low(ipv6, piece);
        RouteMemory<CachedRoute> answers = ipv6 ? ipv6Answers : ipv4Answers;
        CachedRoute route = answers.find(sourceHigh, sourceLow, high, low);
        if (route == null) {
            route = ask(ipv6, sourceHigh, sourceLow, destinationHigh, destinationLow);
            answers.put(sourceHigh, sourceLow, high, low, route);
        }
        if (route == noRoute) {
            return null;
        }
        route = route.chosen(mix(sourceHigh ^ sourceLow, destinationHigh ^ destinationLow));
        if (route.isOnLink()) {
            route = host(route, ipv6, destinationHigh, destinationLow);
        }
        NextHop nextHop = route.neighbour();
        if (nextHop != null && nextHop.isForgotten()) {
            route.neighbour(nextHops.get(nextHop.key(), route.sourceMac()));
        }
        return route;
    }

    /// Asked for each destination: which of its addresses the kernel chooses may depend on it (RFC
    /// 6724).
    @Override
    @SuppressWarnings("ReferenceEquality") // the mark is one object, whatever it equals
    public @Nullable Address source(boolean ipv6, long destinationHigh, long destinationLow) {
        long family = ipv6 ? 1 : 0;
        Address source = sources.find(family, 0, destinationHigh, destinationLow);
        if (source == null) {
            Address asked = kernel.source(address(ipv6, destinationHigh, destinationLow));
            source = asked == null || asked.isIpv6() != ipv6 ? NO_SOURCE : asked;
            sources.put(family, 0, destinationHigh, destinationLow, source);
        }
        return source == NO_SOURCE ? null : source;
    }

    private CachedRoute host(CachedRoute link, boolean ipv6, long high, long low) {
        CachedRoute known = hosts.find(link.id(), 0, high, low);
        if (known != null) {
            return known;
        }
        HopKey key = new HopKey(link.interfaceIndex(), address(ipv6, high, low));
        CachedRoute host = link.host(nextHops.get(key, link.sourceMac()));
        hosts.put(link.id(), 0, high, low, host);
        return host;
    }

    /// The routes to all destinations may be different now.
    ///
    /// @param newPieces as routes and rules cut the addresses now
    void forget(AddressPieces newPieces) {
        pieces = newPieces;
        ipv4Answers.clear();
        ipv6Answers.clear();
        sources.clear();
    }

    /// The routes to these destinations may be different now.
    void forget(AddressPieces newPieces, Iterable<Prefix> changed) {
        pieces = newPieces;
        for (Prefix prefix : changed) {
            // An answer that was asked for when the kernel knew of the prefix already and we did
            // not stands for the piece that the prefix was cut out of: its neighbour below.
            boolean ipv6 = prefix.first().family() == Family.IPV6;
            int first = pieces.find(ipv6, prefix.first().high(), prefix.first().low());
            int below = Math.max(0, first - 1);
            sources.forget(prefix, 0, 0);
            (ipv6 ? ipv6Answers : ipv4Answers)
                    .forget(prefix, pieces.high(ipv6, below), pieces.low(ipv6, below));
        }
    }

    private CachedRoute ask(
            boolean ipv6,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        boolean anySource = (sourceHigh | sourceLow) == 0;
        RouteSource.Answer answer =
                kernel.route(
                        anySource ? null : address(ipv6, sourceHigh, sourceLow),
                        address(ipv6, destinationHigh, destinationLow));
        if (answer == null) {
            return noRoute;
        }
        if (answer.isLocal()) {
            return CachedRoute.local(++lastId);
        }
        List<CachedRoute> ways = new ArrayList<>();
        for (RouteSource.Hop hop : answer.hops()) {
            ways.add(way(hop));
        }
        return ways.size() == 1
                ? ways.getFirst()
                : CachedRoute.several(
                        ways, answer.hops().stream().mapToInt(RouteSource.Hop::weight).toArray());
    }

    private CachedRoute way(RouteSource.Hop hop) {
        long id = ++lastId;
        Address gateway = hop.gateway();
        if (hop.sourceMac() < 0) {
            return CachedRoute.to(hop, id, null);
        }
        if (gateway == null) {
            return CachedRoute.onLink(hop, id);
        }
        HopKey key = new HopKey(hop.interfaceIndex(), gateway);
        return CachedRoute.to(hop, id, nextHops.get(key, hop.sourceMac()));
    }

    private static Address address(boolean ipv6, long high, long low) {
        return new Address(ipv6 ? Family.IPV6 : Family.IPV4, high, low);
    }

    /// 31 bits of both.
    private static int mix(long source, long destination) {
        long h = (source * 0x9E3779B97F4A7C15L ^ destination) * 0xC2B2AE3D27D4EB4FL;
        h = (h ^ h >>> 32) * 0x9E3779B97F4A7C15L;
        return (int) (h >>> 33);
    }
}
