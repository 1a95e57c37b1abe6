package dev.sluice.director.scheduler;

import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

/// Weighted least connection: the server with the smallest load in proportion to its weight
/// (ipvs.md §5.4). The newest server wins a tie, so an idle service begins there whatever the
/// weights.
public final class WeightedLeastConnection implements Scheduler {

    @Override
    public String name() {
        return "wlc";
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
            long load = LeastConnection.load(server);
            // least/its weight > load/weight, without dividing
            if (least == null || leastLoad * server.weight() > load * least.weight()) {
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
}
