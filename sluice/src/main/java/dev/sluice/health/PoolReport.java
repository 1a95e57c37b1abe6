package dev.sluice.health;

import java.util.List;

/// A pool as it is at a moment.
///
/// @param sum of the effective weights of those alive
public record PoolReport(
        String name,
        boolean hasQuorum,
        long sum,
        long quorum,
        long hysteresis,
        boolean usesSorryServer,
        List<ServerReport> servers) {

    /// A real server of it.
    ///
    /// @param configured weight
    /// @param weight the effective one
    public record ServerReport(
            String name, boolean isAlive, long configured, long weight, List<CheckReport> checks) {}
}
