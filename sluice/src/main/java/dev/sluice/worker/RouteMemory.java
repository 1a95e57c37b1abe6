package dev.sluice.worker;

import dev.sluice.net.netlink.Prefix;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// Answers of the kernel (routes, source addresses) by a key of four numbers, as many as there is
/// room for. A key has four places; when all are taken, one of them gives way, and no other. So a
/// crowd of new keys costs the old ones their places one by one, and never all at once.
///
/// Belongs to one thread.
///
/// @param <V> the answers
final class RouteMemory<V> {

    private static final int PLACES = 4;
    private static final int KEY_LONGS = 4;

    private final long[] keys;
    private final @Nullable Object[] routes;
    private final int setMask;
    private int turn;

    /// @param capacity a power of two; 36 bytes each
    RouteMemory(int capacity) {
        keys = new long[capacity * KEY_LONGS];
        routes = new Object[capacity];
        setMask = capacity / PLACES - 1;
    }

    @SuppressWarnings("unchecked") // only what put stored
    @Nullable V find(long a, long b, long c, long d) {
        int first = firstPlace(a, b, c, d);
        for (int place = first; place < first + PLACES; place++) {
            V route = (V) routes[place];
            int key = place * KEY_LONGS;
            if (route != null
                    && keys[key + 3] == d
                    && keys[key + 2] == c
                    && keys[key + 1] == b
                    && keys[key] == a) {
                return route;
            }
        }
        return null;
    }

    /// Remembers what [#find] did not find.
    void put(long a, long b, long c, long d, V route) {
        int place = freePlace(firstPlace(a, b, c, d));
        int key = place * KEY_LONGS;
        keys[key] = a;
        keys[key + 1] = b;
        keys[key + 2] = c;
        keys[key + 3] = d;
        routes[place] = route;
    }

    private int freePlace(int first) {
        for (int place = first; place < first + PLACES; place++) {
            if (routes[place] == null) {
                return place;
            }
        }
        return first + (turn++ & PLACES - 1);
    }

    void clear() {
        Arrays.fill(routes, null);
    }

    /// Forgets those whose last two numbers are an address of the prefix, or this one.
    void forget(Prefix prefix, long alsoHigh, long alsoLow) {
        Family family = prefix.first().family();
        for (int place = 0; place < routes.length; place++) {
            if (routes[place] == null) {
                continue;
            }
            long high = keys[place * KEY_LONGS + 2];
            long low = keys[place * KEY_LONGS + 3];
            if (high == alsoHigh && low == alsoLow || prefix.contains(family, high, low)) {
                routes[place] = null;
            }
        }
    }

    private int firstPlace(long a, long b, long c, long d) {
        long h = (a ^ Long.rotateLeft(b, 17)) * 0x9E3779B97F4A7C15L;
        h ^= h >>> 32;
        h = (h ^ c) * 0xC2B2AE3D27D4EB4FL;
        h ^= h >>> 29;
        h = (h ^ d) * 0x9E3779B97F4A7C15L;
        return ((int) (h >>> 40) & setMask) * PLACES;
    }
}
