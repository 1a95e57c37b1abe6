package dev.sluice.daemon;

import dev.sluice.config.text.Place;
import dev.sluice.control.ServerKey;
import dev.sluice.control.ServerSettings;
import dev.sluice.control.ServiceSettings;
import dev.sluice.control.WantedService;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.health.PoolSettings;
import dev.sluice.health.pool.Pool;
import dev.sluice.health.pool.Standing;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A `virtual_server` of a file: a pool of real servers and the services that it stands behind.
///
/// @param follows the name of the virtual router on whose active side alone it is served; null:
///   always
/// @param pausesWithout addresses without any of which on this machine nothing is checked; none:
///   always checked
record FilePool(
        Place place,
        PoolSettings pool,
        List<Service> services,
        @Nullable String follows,
        List<dev.sluice.wire.Address> pausesWithout) {

    FilePool {
        services = List.copyOf(services);
        pausesWithout = List.copyOf(pausesWithout);
    }

    /// One of the services.
    ///
    /// @param servers in the order of the pool's
    /// @param sorryServer null: none
    record Service(
            ServiceKey key,
            ServiceSettings settings,
            List<Server> servers,
            @Nullable Server sorryServer) {

        Service {
            servers = List.copyOf(servers);
        }
    }

    /// A server as one of the services sees it.
    record Server(ServerKey key, ServerSettings settings) {}

    /// What the services are to be, given the pool's state.
    List<WantedService> wanted(Pool state) {
        return services.stream().map(service -> wanted(service, state)).toList();
    }

    private static WantedService wanted(Service service, Pool state) {
        Map<ServerKey, WantedService.Server> servers = new LinkedHashMap<>();
        for (int i = 0; i < service.servers.size(); i++) {
            add(servers, service.servers.get(i), state.standing(i));
        }
        if (service.sorryServer != null) {
            add(servers, service.sorryServer, state.sorryServer());
        }
        return new WantedService(service.key, service.settings, servers);
    }

    /// A sorry server may be one of the real ones: then that one's standing counts while it has
    /// one.
    private static void add(
            Map<ServerKey, WantedService.Server> servers, Server server, Standing standing) {
        if (standing.isIn()) {
            servers.putIfAbsent(
                    server.key, new WantedService.Server(server.settings, standing.weight()));
        }
    }
}
