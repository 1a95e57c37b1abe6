package dev.sluice.director.forward;

import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ipv6Fragmenter;

import java.util.LinkedHashMap;

/// What routers said about the paths to tunnelled real servers: how large a packet may be. A path
/// is tried anew after ten minutes, as Linux does (`mtu_expires`).
///
/// Holds at most as many servers as there is room for; the one heard of longest ago gives way.
final class PathMtus {

    /// Less than that nobody believes a router, as Linux (`min_pmtu`).
    private static final int SMALLEST_IPV4 = 552;

    private static final int MAXIMUM = 1 << 14;
    private static final int LIFE_TICKS = 600_000 / ConnectionTable.TICK_MILLIS;

    private static final int LOOK_TICKS = 1000 / ConnectionTable.TICK_MILLIS;

    private record Learned(int mtuBytes, int deadlineTicks) {}

    /// Oldest first; all live equally long, so it is also the first to end.
    private final LinkedHashMap<Address, Learned> learned = new LinkedHashMap<>();

    private int nextLookTicks;

    /// A router on the way to a server lets packets of so many bytes through.
    void learn(Address server, int mtuBytes, int nowTicks) {
        int smallest = server.isIpv6() ? Ipv6Fragmenter.MIN_MTU : SMALLEST_IPV4;
        int believed = Math.max(smallest, mtuBytes);
        if (believed >= limit(server, Integer.MAX_VALUE)) {
            return; // an old message, or a lie
        }
        learned.remove(server);
        if (learned.size() == MAXIMUM) {
            learned.pollFirstEntry();
        }
        learned.put(server, new Learned(believed, nowTicks + LIFE_TICKS));
    }

    /// The MTU of the path to a server whose route says `mtuBytes`.
    int limit(Address server, int mtuBytes) {
        if (learned.isEmpty()) {
            return mtuBytes;
        }
        Learned known = learned.get(server);
        return known == null ? mtuBytes : Math.min(known.mtuBytes, mtuBytes);
    }

    /// Forgets what is too old. Called all the time, it looks once a second.
    void expire(int nowTicks) {
        if (learned.isEmpty() || nextLookTicks - nowTicks > 0) {
            return;
        }
        nextLookTicks = nowTicks + LOOK_TICKS;
        while (!learned.isEmpty()) {
            Learned oldest = learned.firstEntry().getValue();
            if (oldest.deadlineTicks - nowTicks > 0) {
                return;
            }
            learned.pollFirstEntry();
        }
    }
}
