package dev.sluice.director.scheduler;

import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.Tally.Count;

import org.jspecify.annotations.Nullable;

/// The server with the smallest load in proportion to its weight. The newest one wins a tie.
final class Least {

    /// What makes a server busy.
    @FunctionalInterface
    interface Load {
        long of(RealServer server);
    }

    /// What a server counts for.
    @FunctionalInterface
    interface Capacity {
        long of(RealServer server);
    }

    private Least() {}

    /// The least loaded of those that may get a connection, or null.
    static @Nullable RealServer of(ServerList servers, Load load, Capacity capacity) {
        RealServer least = null;
        long leastLoad = 0;
        for (int i = 0; i < servers.size(); i++) {
            RealServer server = servers.get(i);
            if (!server.isEligible()) {
                continue;
            }
            long itsLoad = load.of(server);
            // least/its capacity > load/capacity, without dividing
            if (least == null || leastLoad * capacity.of(server) > itsLoad * capacity.of(least)) {
                least = server;
                leastLoad = itsLoad;
            }
        }
        return least;
    }

    /// An active connection weighs as much as 256 inactive ones.
    static long connections(RealServer server) {
        return (server.tally().read(Count.ACTIVE) << 8) + server.tally().read(Count.INACTIVE);
    }

    /// Active connections, the next one included.
    static long expected(RealServer server) {
        return server.tally().read(Count.ACTIVE) + 1;
    }
}
