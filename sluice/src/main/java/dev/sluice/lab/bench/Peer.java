package dev.sluice.lab.bench;

import org.jspecify.annotations.Nullable;

/// Who is measured: a way to bring traffic from a client to a server, set up on a director of its
/// own.
interface Peer {

    /// As in `--only`, and in the name of its director.
    String name();

    /// As in the report's head.
    String title();

    /// The program it needs, or null.
    @Nullable Tool tool();

    /// Whether clients talk to the director, rather than through it.
    default boolean hasVirtualAddress() {
        return true;
    }

    default boolean forwardsUdp() {
        return true;
    }

    /// What there is to say of it once it runs, for the report's head, or an empty text.
    default String description() {
        return "";
    }

    /// Sets the director up. What it starts there ends with the director.
    void start(Lane lane, BenchNetwork network);
}
