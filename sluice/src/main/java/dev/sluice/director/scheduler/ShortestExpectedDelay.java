package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;

import org.jspecify.annotations.Nullable;

/// Shortest expected delay: as weighted least connection, but the load is the active connections
/// that a server would have with the next one (ipvs.md §5.5), so an idle service begins with the
/// heaviest server.
public final class ShortestExpectedDelay implements Scheduler {

    @Override
    public String name() {
        return "sed";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new ListPick(present, ShortestExpectedDelay::choose);
    }

    private static @Nullable RealServer choose(ServerList servers) {
        return Least.of(servers, Least::expected, RealServer::weight);
    }
}
