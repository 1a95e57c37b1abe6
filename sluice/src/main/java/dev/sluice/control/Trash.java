package dev.sluice.control;

import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.snapshot.SharedMap;

import org.jspecify.annotations.Nullable;

import java.util.function.IntConsumer;

/// Removed real servers. Connections outlive the server that they refer to by id: it stays in the
/// configuration, no longer available, and when it is added to the same service again it is
/// revived, with its id, its connections and its counters (ipvs.md §2.6). A service whose servers
/// are here gets its old id back too, since templates know it.
///
/// Immutable.
final class Trash {

    static final Trash EMPTY = new Trash(SharedMap.empty());

    private static final long IDLE_NANOS = 120_000_000_000L;

    /// @param server as it was removed
    /// @param serviceId the id of the service it belonged to
    /// @param owner that service's statistics; a service made anew has others
    /// @param idleSinceNanos when a scan first found nothing that refers to it, or null
    record Trashed(
            RealServer server,
            Statistics statistics,
            int serviceId,
            Statistics owner,
            @Nullable Long idleSinceNanos) {

        private Trashed idleSince(@Nullable Long nanos) {
            return new Trashed(server, statistics, serviceId, owner, nanos);
        }
    }

    private final SharedMap<ServiceKey, SharedMap<ServerKey, Trashed>> byService;

    private Trash(SharedMap<ServiceKey, SharedMap<ServerKey, Trashed>> byService) {
        this.byService = byService;
    }

    Trash with(ServiceKey service, ServerKey server, Trashed trashed) {
        return with(service, of(service).with(server, trashed));
    }

    Trash without(ServiceKey service, ServerKey server) {
        return with(service, of(service).without(server));
    }

    @Nullable Trashed find(ServiceKey service, ServerKey server) {
        return of(service).get(server);
    }

    /// The id of a service that was removed while connections and templates know it, or -1: when it
    /// comes back they must find it.
    int serviceId(ServiceKey service) {
        int[] id = {-1};
        of(service).forEach((_, trashed) -> id[0] = trashed.serviceId);
        return id[0];
    }

    /// Looks who is still referred to. A server that nothing referred to for two minutes is let go;
    /// the long wait also covers a worker that still reads an older configuration.
    ///
    /// @param gone is told the ids of those
    Trash scanned(long nowNanos, IntConsumer gone) {
        Trash[] kept = {this};
        byService.forEach((service, servers) ->
                servers.forEach((key, trashed) -> {
                    Long idleSince = trashed.idleSinceNanos;
                    if (trashed.server.tally().references() > 0) {
                        if (idleSince != null) {
                            kept[0] = kept[0].with(service, key, trashed.idleSince(null));
                        }
                    } else if (idleSince == null) {
                        kept[0] = kept[0].with(service, key, trashed.idleSince(nowNanos));
                    } else if (nowNanos - idleSince >= IDLE_NANOS) {
                        kept[0] = kept[0].without(service, key);
                        gone.accept(trashed.server.id());
                    }
                }));
        return kept[0];
    }

    private SharedMap<ServerKey, Trashed> of(ServiceKey service) {
        SharedMap<ServerKey, Trashed> servers = byService.get(service);
        return servers == null ? SharedMap.empty() : servers;
    }

    private Trash with(ServiceKey service, SharedMap<ServerKey, Trashed> servers) {
        return new Trash(
                servers.isEmpty() ? byService.without(service) : byService.with(service, servers));
    }
}
