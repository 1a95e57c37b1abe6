package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

/// Destination hashing: one destination address, one server, whatever the weights (ipvs.md §5.10).
/// For mark services, whose packets have many destinations: caches, proxies.
///
/// The 256 slots hold the servers of the list again and again, so the list is the table. Where the
/// hash leads to a server that gets no connections, there is none.
public final class DestinationHash implements Scheduler {

    @Override
    public String name() {
        return "dh";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new Slots(present);
    }

    private record Slots(ServerList servers) implements Pick {

        @Override
        public @Nullable RealServer server(Flow flow, long nowNanos) {
            return preview(flow, nowNanos);
        }

        @Override
        public @Nullable RealServer preview(Flow flow, long nowNanos) {
            if (servers.size() == 0) {
                return null;
            }
            int slot = Hash.slot(Hash.fold(flow.destinationHigh(), flow.destinationLow()));
            RealServer server = servers.get(slot % servers.size());
            return server.isEligible() ? server : null;
        }

        @Override
        public Pick edited(ServerList after, int flags) {
            return new Slots(after);
        }
    }
}
