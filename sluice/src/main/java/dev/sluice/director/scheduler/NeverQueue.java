package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.Tally.Count;

import org.jspecify.annotations.Nullable;

/// Never queue: an idle server at once, the newest of several; otherwise the shortest expected
/// delay (ipvs.md §5.6).
public final class NeverQueue implements Scheduler {

    @Override
    public String name() {
        return "nq";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new ListPick(present, NeverQueue::choose);
    }

    private static @Nullable RealServer choose(ServerList servers) {
        for (int i = 0; i < servers.size(); i++) {
            RealServer server = servers.get(i);
            if (server.isEligible() && server.tally().read(Count.ACTIVE) == 0) {
                return server;
            }
        }
        return Least.of(servers, Least::expected, RealServer::weight);
    }
}
