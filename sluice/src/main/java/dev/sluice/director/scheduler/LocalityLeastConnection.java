package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

/// Locality-based least connection: a destination address stays with its server until that one is
/// overloaded while another is half idle, then it goes to the least loaded one (ipvs.md §5.13). For
/// caches behind a mark service.
///
/// The threshold of a server that a destination is at is not looked at, as in Linux.
public final class LocalityLeastConnection implements Scheduler {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final Localities localities = new Localities();

    @Override
    public String name() {
        return "lblc";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new Local(present, localities);
    }

    @Override
    public void poll(long nowNanos, Policy policy) {
        localities.poll(nowNanos, policy.get(Setting.LBLC_EXPIRATION) * NANOS_PER_SECOND);
    }

    /// Whether a server has more active connections than it weighs, while another has not half as
    /// many.
    static boolean isTooBusy(RealServer server, ServerList servers) {
        if (server.tally().read(Count.ACTIVE) <= server.weight()) {
            return false;
        }
        for (int i = 0; i < servers.size(); i++) {
            RealServer other = servers.get(i);
            if (2 * other.tally().read(Count.ACTIVE) < other.weight()) {
                return true;
            }
        }
        return false;
    }

    private record Local(ServerList servers, Localities localities) implements Pick {

        @Override
        public @Nullable RealServer server(Flow flow, long nowNanos) {
            Localities.Entry entry = localities.find(flow.destinationHigh(), flow.destinationLow());
            if (entry != null) {
                entry.usedAtNanos = nowNanos;
            }
            RealServer present = atHome(entry);
            if (present != null) {
                return present;
            }
            RealServer server = leastLoaded();
            if (server == null) {
                return null;
            }
            if (entry != null) {
                entry.servers = new int[] {server.id()};
            } else {
                localities.add(
                        flow.destinationHigh(), flow.destinationLow(), server.id(), nowNanos);
            }
            return server;
        }

        @Override
        public @Nullable RealServer preview(Flow flow, long nowNanos) {
            RealServer present =
                    atHome(localities.find(flow.destinationHigh(), flow.destinationLow()));
            return present != null ? present : leastLoaded();
        }

        private @Nullable RealServer atHome(Localities.@Nullable Entry entry) {
            int index = entry == null ? -1 : servers.indexOf(entry.servers[0]);
            if (index < 0) {
                return null;
            }
            RealServer server = servers.get(index);
            return server.weight() > 0 && !isTooBusy(server, servers) ? server : null;
        }

        private @Nullable RealServer leastLoaded() {
            return Least.of(servers, Least::connections, RealServer::weight);
        }

        @Override
        public Pick edited(ServerList after, int flags) {
            return new Local(after, localities);
        }
    }
}
