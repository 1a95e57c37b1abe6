package dev.sluice.daemon;

import dev.sluice.gate.Gates;
import dev.sluice.worker.Priority;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;

/// What a [Daemon] is told at its start.
///
/// @param interfaces names of those that clients and real servers are behind; none: all that are up
/// @param forwards false: everything but the data path
/// @param workers threads that forward, 1–64
/// @param maxConnections over all workers
/// @param busyPollNanos how long a worker without work looks for packets before it sleeps
/// @param priority what workers ask of the kernel's scheduler
/// @param rehearsalNanos how long invented packets warm the engine before real ones come
/// @param socket where it is spoken to
/// @param rules what to restore before the first packet, or null
/// @param sysctl settings as sysctl.conf has them, in force before the first packet, or null
/// @param empty there are no rules, and what an earlier director captured is let go at once
/// @param source where the file is; null: there is none
/// @param file virtual routers and virtual servers, or none
/// @param ldirector a ldirectord.cf; null: there is none
record DaemonSettings(
        List<String> interfaces,
        boolean forwards,
        Gates.Mode mode,
        int workers,
        int maxConnections,
        long busyPollNanos,
        Priority priority,
        long rehearsalNanos,
        Path socket,
        @Nullable Path rules,
        @Nullable Path sysctl,
        boolean empty,
        @Nullable KeepalivedSource source,
        KeepalivedFile file,
        @Nullable LdirectorSource ldirector) {

    DaemonSettings {
        interfaces = List.copyOf(interfaces);
    }
}
