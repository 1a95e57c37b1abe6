package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

/// Round robin: each server in turn, whatever its weight (ipvs.md §5.1).
///
/// State: the index of the server picked last. The search begins behind it, wraps, and ends with
/// it.
public final class RoundRobin implements Scheduler {

    /// Stands before the first server of the list.
    private static final int HEAD = -1;

    private static final int NOBODY = -1;

    @Override
    public String name() {
        return "rr";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new Turns(present, Cursor.at(HEAD));
    }

    private record Turns(ServerList servers, Cursor cursor) implements Pick {

        @Override
        public @Nullable RealServer server(Flow flow, long nowNanos) {
            while (true) {
                long last = cursor.read();
                int next = firstEligibleAfter((int) last);
                if (next == NOBODY) {
                    return null;
                }
                if (cursor.move(last, next)) {
                    return servers.get(next);
                }
                // Another worker picked meanwhile; its pick is the new beginning.
            }
        }

        @Override
        public @Nullable RealServer preview(Flow flow, long nowNanos) {
            int next = firstEligibleAfter((int) cursor.peek());
            return next == NOBODY ? null : servers.get(next);
        }

        /// When the server picked last is removed, its predecessor takes its place.
        @Override
        public Pick edited(ServerList after, int flags) {
            return new Turns(after, cursor.next(last -> survivor((int) last, after)));
        }

        @Override
        public void published() {
            cursor.settle();
        }

        private int firstEligibleAfter(int index) {
            int size = servers.size();
            for (int step = 1; step <= size; step++) {
                int next = (index + step) % size;
                if (servers.get(next).isEligible()) {
                    return next;
                }
            }
            return NOBODY;
        }

        private int survivor(int last, ServerList after) {
            for (int index = last; index > HEAD; index--) {
                int survivor = after.indexOf(servers.get(index).id());
                if (survivor >= 0) {
                    return survivor;
                }
            }
            return HEAD;
        }
    }
}
