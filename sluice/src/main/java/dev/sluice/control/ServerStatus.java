package dev.sluice.control;

import dev.sluice.wire.Address;

/// A real server as it is listed.
public record ServerStatus(
        Address address,
        int port,
        ServerSettings settings,
        long activeConnections,
        long inactiveConnections,
        long persistentConnections,
        Figures totals,
        Figures perSecond) {}
