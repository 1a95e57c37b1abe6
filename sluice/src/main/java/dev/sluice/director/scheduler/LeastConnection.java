package dev.sluice.director.scheduler;

import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

/// Least connection: the server with the smallest load, whatever its weight (ipvs.md §5.3). The
/// newest server wins a tie.
public final class LeastConnection implements Scheduler {

    @Override
    public String name() {
        return "lc";
    }

    @Override
    public @Nullable RealServer pick(ServerList servers, PacketView packet) {
        RealServer least = null;
        long leastLoad = 0;
        for (int i = 0; i < servers.size(); i++) {
            RealServer server = servers.get(i);
            if (!server.isEligible()) {
                continue;
            }
            long load = load(server);
            if (least == null || load < leastLoad) {
                least = server;
                leastLoad = load;
            }
        }
        return least;
    }

    @Override
    public void changed(ServerList before, ServerList after) {
        // Nothing is remembered.
    }

    /// An active connection weighs as much as 256 inactive ones.
    static long load(RealServer server) {
        return (server.tally().read(Count.ACTIVE) << 8) + server.tally().read(Count.INACTIVE);
    }
}
