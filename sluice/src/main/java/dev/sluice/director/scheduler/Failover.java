package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;

import org.jspecify.annotations.Nullable;

/// Weighted failover: the heaviest server takes everything, and the next one when it cannot
/// (ipvs.md §5.7). The newest server wins a tie.
public final class Failover implements Scheduler {

    @Override
    public String name() {
        return "fo";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new ListPick(present, Failover::choose);
    }

    private static @Nullable RealServer choose(ServerList servers) {
        RealServer heaviest = null;
        for (int i = 0; i < servers.size(); i++) {
            RealServer server = servers.get(i);
            boolean heavier = heaviest == null || server.weight() > heaviest.weight();
            if (heavier && server.isEligible()) {
                heaviest = server;
            }
        }
        return heaviest;
    }
}
