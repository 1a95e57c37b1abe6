package dev.sluice.worker;

import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Paths;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// The kernel's routes, remembered. A packet costs one probe of an open-addressed table; a
/// destination seen for the first time costs one netlink question. Any change of routes, rules,
/// addresses or links empties the memory, so it never disagrees with the kernel for longer than a
/// notification travels.
///
/// This is a cache of answers, not a second routing table: policy rules, multipath and metrics stay
/// the kernel's business. Belongs to one worker.
final class RouteCache implements Paths {

    /// Destinations remembered; beyond that the memory is emptied and fills anew. 80 bytes each.
    private static final int CAPACITY = 1 << 16;

    private static final int SLOTS = CAPACITY * 2;
    private static final CachedRoute NO_ROUTE = new CachedRoute(0, 0, false, null);

    private record HopKey(int interfaceIndex, Address address) {}

    private final RouteSource kernel;
    private final long[] keys = new long[SLOTS * 4];
    private final @Nullable CachedRoute[] values = new CachedRoute[SLOTS];
    private final Map<HopKey, NextHop> neighbours = new HashMap<>();
    private int size;

    RouteCache(RouteSource kernel) {
        this.kernel = kernel;
    }

    @Override
    public @Nullable Path find(
            boolean ipv6,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        int slot = slot(sourceHigh, sourceLow, destinationHigh, destinationLow);
        while (values[slot] != null) {
            int key = slot * 4;
            if (keys[key + 3] == destinationLow
                    && keys[key + 2] == destinationHigh
                    && keys[key + 1] == sourceLow
                    && keys[key] == sourceHigh) {
                CachedRoute route = values[slot];
                return route == NO_ROUTE ? null : route;
            }
            slot = slot + 1 & SLOTS - 1;
        }
        return learn(ipv6, sourceHigh, sourceLow, destinationHigh, destinationLow);
    }

    /// Routes, rules, addresses or links changed. Only neighbours that frames wait for stay.
    void forget() {
        Arrays.fill(values, null);
        size = 0;
        neighbours.values().removeIf(neighbour -> !neighbour.isWaitedFor());
    }

    /// Neighbours whose frames may wait or that may be in use.
    Iterable<NextHop> neighbours() {
        return neighbours.values();
    }

    /// A neighbour the kernel reported on, if any route leads there.
    @Nullable NextHop neighbour(int interfaceIndex, Address address) {
        return neighbours.get(new HopKey(interfaceIndex, address));
    }

    private @Nullable Path learn(
            boolean ipv6,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        if (size == CAPACITY) {
            forget();
        }
        Address destination = address(ipv6, destinationHigh, destinationLow);
        boolean anySource = (sourceHigh | sourceLow) == 0;
        RouteSource.Answer answer =
                kernel.route(anySource ? null : address(ipv6, sourceHigh, sourceLow), destination);
        CachedRoute route = answer == null ? NO_ROUTE : route(answer);
        int slot = slot(sourceHigh, sourceLow, destinationHigh, destinationLow);
        while (values[slot] != null) {
            slot = slot + 1 & SLOTS - 1;
        }
        keys[slot * 4] = sourceHigh;
        keys[slot * 4 + 1] = sourceLow;
        keys[slot * 4 + 2] = destinationHigh;
        keys[slot * 4 + 3] = destinationLow;
        values[slot] = route;
        size++;
        return route == NO_ROUTE ? null : route;
    }

    private CachedRoute route(RouteSource.Answer answer) {
        boolean hasNeighbour = !answer.local() && answer.sourceMac() >= 0;
        return new CachedRoute(
                answer.interfaceIndex(),
                answer.mtuBytes(),
                answer.local(),
                hasNeighbour ? neighbour(answer) : null);
    }

    private NextHop neighbour(RouteSource.Answer answer) {
        return neighbours.compute(
                new HopKey(answer.interfaceIndex(), answer.nextHop()),
                (key, known) -> {
                    if (known != null) {
                        known.sourceMac(answer.sourceMac());
                        return known;
                    }
                    NextHop fresh =
                            new NextHop(key.interfaceIndex(), key.address(), answer.sourceMac());
                    long mac = kernel.linkAddress(key.interfaceIndex(), key.address());
                    if (mac >= 0) {
                        fresh.resolve(mac);
                    }
                    return fresh;
                });
    }

    private static Address address(boolean ipv6, long high, long low) {
        return new Address(ipv6 ? Family.IPV6 : Family.IPV4, high, low);
    }

    private static int slot(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        long h = (sourceHigh ^ Long.rotateLeft(sourceLow, 17)) * 0x9E3779B97F4A7C15L;
        h ^= h >>> 32;
        h = (h ^ destinationHigh) * 0xC2B2AE3D27D4EB4FL;
        h ^= h >>> 29;
        h = (h ^ destinationLow) * 0x9E3779B97F4A7C15L;
        return (int) (h >>> 40) & SLOTS - 1;
    }
}
