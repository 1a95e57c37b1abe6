package dev.sluice.daemon;

import dev.sluice.gate.Gates;

import java.nio.file.Path;
import java.util.List;

/// What a [Daemon] is told at its start.
///
/// @param interfaces names of those that clients and real servers are behind; none: all that are up
/// @param forwards false: everything but the data path
/// @param workers threads that forward, 1–64
/// @param maxConnections over all workers
/// @param busyPollNanos how long a worker without work looks for packets before it sleeps
/// @param socket where it is spoken to
record DaemonSettings(
        List<String> interfaces,
        boolean forwards,
        Gates.Mode mode,
        int workers,
        int maxConnections,
        long busyPollNanos,
        Path socket) {

    DaemonSettings {
        interfaces = List.copyOf(interfaces);
    }
}
