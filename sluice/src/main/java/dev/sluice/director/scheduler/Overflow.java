package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.Tally.Count;

import org.jspecify.annotations.Nullable;

/// Overflow: the heaviest server, until it has more active connections than it weighs, then the
/// next one (ipvs.md §5.8). The newest server wins a tie.
public final class Overflow implements Scheduler {

    @Override
    public String name() {
        return "ovf";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new ListPick(present, Overflow::choose);
    }

    private static @Nullable RealServer choose(ServerList servers) {
        RealServer heaviest = null;
        for (int i = 0; i < servers.size(); i++) {
            RealServer server = servers.get(i);
            boolean heavier = heaviest == null || server.weight() > heaviest.weight();
            // Not "less than": a server reaches its weight and one more.
            if (heavier
                    && server.isEligible()
                    && server.tally().read(Count.ACTIVE) <= server.weight()) {
                heaviest = server;
            }
        }
        return heaviest;
    }
}
