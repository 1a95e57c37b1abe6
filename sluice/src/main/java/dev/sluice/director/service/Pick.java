package dev.sluice.director.service;

import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

/// A scheduler's choices among one list of servers. Control compiles it with the list, and nobody
/// notices: only [#server] moves anything, so a pick that is thrown away leaves no trace.
public interface Pick {

    /// The server of a new connection, or null: one that is neither quiesced nor overloaded. Moves
    /// on whatever turns there are. Called on the packet path: no allocation, time at most linear
    /// in the number of servers (wrr: see there).
    @Nullable RealServer server(Flow flow, long nowNanos);

    /// What [#server] would say now.
    @Nullable RealServer preview(Flow flow, long nowNanos);

    /// The choices after one change: a server was added, edited or removed. They go on where these
    /// ones stand when the first of them is made.
    Pick edited(ServerList after, int flags);

    /// This pick is in use now and its predecessors are not: whatever they still hold can go.
    default void published() {}
}
