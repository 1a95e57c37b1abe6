package dev.sluice.control;

import dev.sluice.director.service.ServiceKey;
import dev.sluice.snapshot.SharedMap;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A virtual service as it is wanted.
///
/// @param age larger than that of every service that was there when it was added
public record DesiredService(
        ServiceKey key,
        ServiceSettings settings,
        SharedMap<ServerKey, DesiredServer> servers,
        long age) {

    /// A server of it, or null.
    public @Nullable DesiredServer server(ServerKey server) {
        return servers.get(server);
    }

    /// The servers, the one added last first.
    public List<DesiredServer> newestFirst() {
        List<DesiredServer> list = new ArrayList<>(servers.size());
        servers.forEach((_, server) -> list.add(server));
        list.sort(Comparator.comparingLong(DesiredServer::age).reversed());
        return list;
    }

    DesiredService with(ServiceSettings newest) {
        return new DesiredService(key, newest, servers, age);
    }

    DesiredService with(DesiredServer server) {
        return new DesiredService(key, settings, servers.with(server.key(), server), age);
    }

    DesiredService without(ServerKey server) {
        return new DesiredService(key, settings, servers.without(server), age);
    }
}
