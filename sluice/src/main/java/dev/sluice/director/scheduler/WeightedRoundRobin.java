package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

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
/// State, one word: the index of the server picked last (or [#HEAD]) and the level. Everything else
/// follows from the list. Levels at which nobody can match are leapt over, so a pick costs a few
/// passes over the list, however large the weights.
public final class WeightedRoundRobin implements Scheduler {

    /// Stands before the first server of the list.
    private static final int HEAD = -1;

    private static final int NOBODY = -1;

    @Override
    public String name() {
        return "wrr";
    }

    /// Begins at the highest level.
    @Override
    public Pick compile(ServerList present, int flags) {
        return new Levels(present, Cursor.at(word(HEAD, highestLevel(present))));
    }

    private record Levels(ServerList servers, Cursor cursor) implements Pick {

        @Override
        public @Nullable RealServer server(Flow flow, long nowNanos) {
            if (servers.maximumWeight() == 0) {
                return null;
            }
            while (true) {
                long last = cursor.read();
                long next = search(servers, index(last), level(last));
                // A search in vain leaves the server, yet not the level.
                int stop = index(next) == NOBODY ? index(last) : index(next);
                if (cursor.move(last, word(stop, level(next)))) {
                    return server(next);
                }
                // Another worker picked meanwhile; its pick is the new beginning.
            }
        }

        @Override
        public @Nullable RealServer preview(Flow flow, long nowNanos) {
            if (servers.maximumWeight() == 0) {
                return null;
            }
            long last = cursor.peek();
            return server(search(servers, index(last), level(last)));
        }

        @Override
        public Pick edited(ServerList after, int flags) {
            int step = after.weightStep();
            int highest = highestLevel(after);
            return new Levels(after, cursor.next(last -> restart(level(last), step, highest)));
        }

        @Override
        public void published() {
            cursor.settle();
        }

        private @Nullable RealServer server(long found) {
            return index(found) == NOBODY ? null : servers.get(index(found));
        }
    }

    private static long restart(int level, int step, int highest) {
        int begin = level;
        if (level > highest || level == 0) {
            begin = highest;
        } else if (step > 1) {
            begin = level / step * step + 1;
        }
        return word(HEAD, begin);
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
                if (server.weight() >= level && !server.isOverloaded()) {
                    return word(i, level);
                }
                if (i == stop) {
                    return word(NOBODY, level);
                }
            }
            from = HEAD;
            level -= step;
            if (level <= 0) {
                level = highest;
                // Either the lowest level has been searched from the first server on, or
                // everything has.
                if (lowest || last == HEAD) {
                    return word(NOBODY, level);
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
            if (server.weight() > heaviest && !server.isOverloaded()) {
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

    /// An index in the list and a level; what [#search] found, or where the cursor stands.
    private static long word(int index, int level) {
        return (long) index << 32 | level;
    }

    private static int index(long word) {
        return (int) (word >> 32);
    }

    private static int level(long word) {
        return (int) word;
    }
}
