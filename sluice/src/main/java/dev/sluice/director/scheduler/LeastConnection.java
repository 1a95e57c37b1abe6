package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;

import org.jspecify.annotations.Nullable;

/// Least connection: the server with the smallest load, whatever its weight (ipvs.md §5.3).
public final class LeastConnection implements Scheduler {

    @Override
    public String name() {
        return "lc";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new ListPick(present, LeastConnection::choose);
    }

    private static @Nullable RealServer choose(ServerList servers) {
        return Least.of(servers, Least::connections, _ -> 1);
    }
}
