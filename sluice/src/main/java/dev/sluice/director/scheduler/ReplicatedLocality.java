package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

/// Locality-based least connection with replication: a destination address has a set of servers.
/// The least loaded member serves; when it is overloaded while another server is half idle, the
/// least loaded of all joins the set. A set that has not changed for the expiration time loses its
/// busiest member (ipvs.md §5.14).
///
/// A member that was removed from the service goes first, where Linux compares it with the others.
public final class ReplicatedLocality implements Scheduler {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final Localities localities = new Localities();

    /// As of the last [#poll].
    private volatile long expirationNanos =
            Policy.DEFAULT.get(Setting.LBLCR_EXPIRATION) * NANOS_PER_SECOND;

    @Override
    public String name() {
        return "lblcr";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new Local(present);
    }

    @Override
    public void poll(long nowNanos, Policy policy) {
        expirationNanos = policy.get(Setting.LBLCR_EXPIRATION) * NANOS_PER_SECOND;
        localities.poll(nowNanos, expirationNanos);
    }

    private final class Local implements Pick {

        private final ServerList servers;

        Local(ServerList servers) {
            this.servers = servers;
        }

        @Override
        public @Nullable RealServer server(Flow flow, long nowNanos) {
            Localities.Entry entry = localities.find(flow.destinationHigh(), flow.destinationLow());
            RealServer member = null;
            if (entry != null) {
                entry.usedAtNanos = nowNanos;
                member = leastLoaded(entry.servers);
                boolean stable = nowNanos - entry.changedAtNanos > expirationNanos;
                if (stable && entry.servers.length > 1) {
                    entry.servers = without(entry.servers, busiest(entry.servers));
                    entry.changedAtNanos = nowNanos;
                }
            }
            if (member != null && !LocalityLeastConnection.isTooBusy(member, servers)) {
                return member;
            }
            RealServer server = leastLoaded();
            if (server == null) {
                return null;
            }
            if (entry == null) {
                localities.add(
                        flow.destinationHigh(), flow.destinationLow(), server.id(), nowNanos);
            } else if (indexOf(entry.servers, server.id()) < 0) {
                entry.servers = with(server.id(), entry.servers);
                entry.changedAtNanos = nowNanos;
            }
            return server;
        }

        @Override
        public @Nullable RealServer preview(Flow flow, long nowNanos) {
            Localities.Entry entry = localities.find(flow.destinationHigh(), flow.destinationLow());
            RealServer member = entry == null ? null : leastLoaded(entry.servers);
            boolean stays = member != null && !LocalityLeastConnection.isTooBusy(member, servers);
            return stays ? member : leastLoaded();
        }

        private @Nullable RealServer leastLoaded() {
            return Least.of(servers, Least::connections, RealServer::weight);
        }

        private @Nullable RealServer leastLoaded(int[] members) {
            RealServer least = null;
            for (int id : members) {
                RealServer server = present(id);
                boolean less = least == null || server != null && isLess(server, least);
                if (server != null && server.isEligible() && less) {
                    least = server;
                }
            }
            return least;
        }

        /// The index of the member that is to go: one that is gone from the service, or the most
        /// loaded one, or -1.
        private int busiest(int[] members) {
            RealServer most = null;
            int index = -1;
            for (int i = 0; i < members.length; i++) {
                RealServer server = present(members[i]);
                if (server == null) {
                    return i;
                }
                if (server.weight() > 0 && (most == null || isLess(most, server))) {
                    most = server;
                    index = i;
                }
            }
            return index;
        }

        private static boolean isLess(RealServer a, RealServer b) {
            return Least.connections(a) * b.weight() < Least.connections(b) * a.weight();
        }

        private @Nullable RealServer present(int id) {
            int index = servers.indexOf(id);
            return index < 0 ? null : servers.get(index);
        }

        private static int indexOf(int[] members, int id) {
            for (int i = 0; i < members.length; i++) {
                if (members[i] == id) {
                    return i;
                }
            }
            return -1;
        }

        private static int[] with(int id, int[] members) {
            int[] more = new int[members.length + 1];
            more[0] = id;
            System.arraycopy(members, 0, more, 1, members.length);
            return more;
        }

        private static int[] without(int[] members, int index) {
            if (index < 0) {
                return members;
            }
            int[] fewer = new int[members.length - 1];
            System.arraycopy(members, 0, fewer, 0, index);
            System.arraycopy(members, index + 1, fewer, index, fewer.length - index);
            return fewer;
        }

        @Override
        public Pick edited(ServerList after, int flags) {
            return new Local(after);
        }
    }
}
