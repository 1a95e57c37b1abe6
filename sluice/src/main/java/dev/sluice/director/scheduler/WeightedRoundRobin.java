package dev.sluice.director.scheduler;

import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;

/// Weighted round robin: passes over the list at a falling weight level, each taking the servers
/// that weigh at least that much (ipvs.md §5.2).
///
/// ```
///  weights 5, 3, 2      level 5: 11
///  (list 13 12 11)      level 4: 11
///                       level 3: 12 11
///                       level 2: 13 12 11
///                       level 1: 13 12 11
/// ```
///
/// The step from level to level is the greatest common divisor of the weights, and the highest
/// level is the largest weight less (step - 1).
///
/// State, one word: the id of the server picked last (or [#HEAD]) and the level. Everything else
/// follows from the list. Levels at which nobody can match are leapt over, so a pick costs a few
/// passes over the list, however large the weights.
public final class WeightedRoundRobin implements Scheduler {

    /// Stands before the first server of the list.
    private static final int HEAD = -1;

    private static final int NOBODY = -1;

    private final AtomicLong cursor = new AtomicLong();

    /// Begins at the highest level of the servers present.
    public WeightedRoundRobin(ServerList present) {
        cursor.setPlain(cursor(HEAD, highestLevel(present)));
    }

    @Override
    public String name() {
        return "wrr";
    }

    @Override
    public @Nullable RealServer pick(ServerList servers, PacketView packet) {
        if (servers.maximumWeight() == 0) {
            return null;
        }
        while (true) {
            long before = cursor.getPlain();
            int lastId = serverId(before);
            long found = search(servers, servers.indexOf(lastId), level(before));
            RealServer next = index(found) == NOBODY ? null : servers.get(index(found));
            // A search in vain leaves the server, yet not the level.
            long after = cursor(next == null ? lastId : next.id(), level(found));
            if (cursor.compareAndSet(before, after)) {
                return next;
            }
            // Another worker picked meanwhile; its pick is the new beginning.
        }
    }

    @Override
    public void changed(ServerList before, ServerList after) {
        int step = after.weightStep();
        int highest = highestLevel(after);
        cursor.updateAndGet(word -> {
            int level = level(word);
            if (level > highest || level == 0) {
                level = highest;
            } else if (step > 1) {
                level = level / step * step + 1;
            }
            return cursor(HEAD, level);
        });
    }

    /// The next server and its level as one long. `last` is the index to begin behind.
    private static long search(ServerList servers, int last, int level) {
        int step = servers.weightStep();
        int highest = highestLevel(servers);
        int from = last;
        int stop = NOBODY;
        boolean restarted = false;
        boolean lowest = false;
        while (true) {
            for (int i = from + 1; i < servers.size(); i++) {
                RealServer server = servers.get(i);
                if (server.weight() >= level && !server.tally().isOverloaded()) {
                    return found(i, level);
                }
                if (i == stop) {
                    return found(NOBODY, level);
                }
            }
            from = HEAD;
            level -= step;
            if (level <= 0) {
                level = highest;
                // Either the lowest level has been searched from the first server on, or
                // everything has.
                if (lowest || last == HEAD) {
                    return found(NOBODY, level);
                }
                restarted = true;
            }
            level = leap(servers, level, step);
            lowest = level <= step;
            if (lowest && restarted && last != HEAD) {
                stop = last;
            }
        }
    }

    /// The first of `level`, `level - step`, … at which anybody can match, or the lowest.
    private static int leap(ServerList servers, int level, int step) {
        int heaviest = step;
        for (int i = 0; i < servers.size(); i++) {
            RealServer server = servers.get(i);
            if (server.weight() > heaviest && !server.tally().isOverloaded()) {
                heaviest = server.weight();
            }
        }
        if (level <= heaviest) {
            return level;
        }
        int levels = (level - heaviest + step - 1) / step;
        return level - levels * step;
    }

    /// 0 when every weight is 0.
    private static int highestLevel(ServerList servers) {
        return servers.maximumWeight() - (servers.weightStep() - 1);
    }

    private static long cursor(int serverId, int level) {
        return (long) serverId << 32 | level;
    }

    private static int serverId(long word) {
        return (int) (word >> 32);
    }

    private static int level(long word) {
        return (int) word;
    }

    private static long found(int index, int level) {
        return (long) index << 32 | level;
    }

    private static int index(long found) {
        return (int) (found >> 32);
    }
}
