package dev.sluice.health;

import dev.sluice.health.pool.PoolRules;
import dev.sluice.health.pool.PoolRules.SorryServer;
import dev.sluice.health.pool.Timing;
import dev.sluice.health.probe.Probe;
import dev.sluice.script.Script;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A pool of real servers that are checked, and who is told of its changes. Two settings that are
/// equal mean the same: a reload does not touch what they describe.
///
/// @param name of the virtual server, as in the log; no two pools have the same
/// @param quorum the weight that must be there
/// @param notifiesAtStop whether the scripts for "down" run when everything stops
public record PoolSettings(
        String name,
        List<Server> servers,
        long quorum,
        long hysteresis,
        @Nullable SorryServer sorryServer,
        @Nullable Script quorumUp,
        @Nullable Script quorumDown,
        boolean notifiesAtStop,
        boolean notifiesAtStart) {

    public PoolSettings {
        servers = List.copyOf(servers);
    }

    /// A real server.
    ///
    /// @param name as in the log; no two of a pool have the same
    /// @param isInhibited whether it stays in the table with weight 0 when it fails
    /// @param checks none: it always counts as up
    public record Server(
            String name,
            long weight,
            boolean isInhibited,
            @Nullable Script up,
            @Nullable Script down,
            List<Check> checks) {

        public Server {
            checks = List.copyOf(checks);
        }
    }

    /// A check of a server.
    ///
    /// @param kind as operators know it, such as `TCP_CHECK`
    public record Check(String kind, Timing timing, Probe probe, Wording wording) {}

    /// What the log says when a check comes up or goes down. `{reason}` stands for what was seen.
    public record Wording(String up, String down) {

        String up(String reason) {
            return up.replace("{reason}", reason);
        }

        String down(String reason) {
            return down.replace("{reason}", reason);
        }
    }

    PoolRules rules() {
        return new PoolRules(
                name,
                servers.stream()
                        .map(server ->
                                new PoolRules.Member(
                                        server.name,
                                        server.weight,
                                        server.isInhibited,
                                        server.checks.stream()
                                                .map(check -> check.timing.startsDown())
                                                .toList()))
                        .toList(),
                quorum,
                hysteresis,
                sorryServer);
    }
}
