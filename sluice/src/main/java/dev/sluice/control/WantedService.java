package dev.sluice.control;

import dev.sluice.director.service.ServiceKey;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/// A virtual service as a file and its health checks together want it at a moment.
public record WantedService(
        ServiceKey key, ServiceSettings settings, Map<ServerKey, Server> servers) {

    /// A real server of it.
    ///
    /// @param settings with the weight of the file
    /// @param check the word of its checks on the weight; null: none
    public record Server(ServerSettings settings, @Nullable Integer check) {}
}
