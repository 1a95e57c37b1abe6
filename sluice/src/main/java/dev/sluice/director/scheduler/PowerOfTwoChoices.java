package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;

/// Power of two choices: two servers are drawn by lot, heavy ones more often, and the less loaded
/// one of them is taken (Mitzenmacher, *The Power of Two Choices in Randomized Load Balancing*,
/// 1996; ipvs.md §5.9).
///
/// The lots come from SplitMix64, whose state is one word: the same seed, the same picks.
public final class PowerOfTwoChoices implements Scheduler {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    /// A draw takes two lots; modulo 2^64, as the generator counts.
    private static final long TWICE_GOLDEN = GOLDEN << 1;

    private final AtomicLong lots;

    /// @param seed any number; see [Schedulers.Factory]
    public PowerOfTwoChoices(long seed) {
        lots = new AtomicLong(seed);
    }

    @Override
    public String name() {
        return "twos";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new Draw(present, lots);
    }

    private record Draw(ServerList servers, AtomicLong lots) implements Pick {

        @Override
        public @Nullable RealServer server(Flow flow, long nowNanos) {
            return draw(lots.getAndAdd(TWICE_GOLDEN));
        }

        @Override
        public @Nullable RealServer preview(Flow flow, long nowNanos) {
            return draw(lots.get());
        }

        @Override
        public Pick edited(ServerList after, int flags) {
            return new Draw(after, lots);
        }

        private @Nullable RealServer draw(long state) {
            long weights = 0;
            for (int i = 0; i < servers.size(); i++) {
                RealServer server = servers.get(i);
                weights += server.isEligible() ? server.weight() : 0;
            }
            RealServer first = at(lot(state + GOLDEN, weights));
            RealServer second = at(lot(state + TWICE_GOLDEN, weights));
            if (first == null || second == null) {
                return null;
            }
            boolean firstIsBusier =
                    Least.connections(first) * second.weight()
                            > Least.connections(second) * first.weight();
            return firstIsBusier ? second : first;
        }

        /// The first server at which the weights add up to as much.
        private @Nullable RealServer at(long lot) {
            RealServer last = null;
            long sum = 0;
            for (int i = 0; i < servers.size(); i++) {
                RealServer server = servers.get(i);
                if (server.isEligible()) {
                    last = server;
                    sum += server.weight();
                    if (sum >= lot) {
                        return server;
                    }
                }
            }
            // Another worker has overloaded one meanwhile.
            return last;
        }

        /// From 0 to `limit`, both included, as in Linux.
        private static long lot(long state, long limit) {
            long z = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            return Math.unsignedMultiplyHigh(z ^ z >>> 31, limit + 1);
        }
    }
}
