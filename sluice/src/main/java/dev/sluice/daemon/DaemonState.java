package dev.sluice.daemon;

import dev.sluice.control.Metrics;
import dev.sluice.control.Table;
import dev.sluice.control.Version;
import dev.sluice.gate.Gate;
import dev.sluice.worker.DataPath;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// What there is to tell of a running daemon.
///
/// @param gate null without a data path, and so is `dataPath`
record DaemonState(
        Version version,
        Instant startedAt,
        DaemonSettings settings,
        Table table,
        Publication publication,
        Metrics metrics,
        @Nullable Gate gate,
        @Nullable DataPath dataPath) {

    String mode() {
        return gate == null ? "no packets" : gate.mode();
    }

    int realServers() {
        return table.services().stream().mapToInt(service -> service.newestFirst().size()).sum();
    }
}
