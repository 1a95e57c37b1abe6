package dev.sluice.health.pool;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// The rules of one pool: keepalived.md §5.
///
/// @param name of its virtual server, for the log
/// @param quorum the weight that must be there
/// @param hysteresis so much more to gain the quorum, and so much less to lose it
/// @param sorryServer null: none
public record PoolRules(
        String name,
        List<Member> members,
        long quorum,
        long hysteresis,
        @Nullable SorryServer sorryServer) {

    public PoolRules {
        members = List.copyOf(members);
    }

    /// A real server.
    ///
    /// @param weight as configured
    /// @param isInhibited whether it stays in the table with weight 0 when it fails
    /// @param checks for each check whether it starts failed; none: it always counts as up
    public record Member(String name, long weight, boolean isInhibited, List<Boolean> checks) {

        public Member {
            checks = List.copyOf(checks);
        }
    }

    /// The server of last resort, which nobody checks.
    ///
    /// @param isInhibited whether it stays in the table with weight 0 while it is not needed
    public record SorryServer(String name, boolean isInhibited) {}
}
