package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;

import org.jspecify.annotations.Nullable;

/// Weighted least connection: the server with the smallest load in proportion to its weight
/// (ipvs.md §5.4). An idle service begins with the newest server whatever the weights.
public final class WeightedLeastConnection implements Scheduler {

    @Override
    public String name() {
        return "wlc";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new ListPick(present, WeightedLeastConnection::choose);
    }

    private static @Nullable RealServer choose(ServerList servers) {
        return Least.of(servers, Least::connections, RealServer::weight);
    }
}
