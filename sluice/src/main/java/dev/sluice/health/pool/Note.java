package dev.sluice.health.pool;

/// Something that happened in a pool, for those who want to know: in the order in which it
/// happened, and after the table was changed.
public sealed interface Note {

    /// A line for the log, in keepalived's words.
    record Say(String line) implements Note {}

    /// A server works again, or does no longer.
    record Server(int member, boolean isUp) implements Note {}

    /// The quorum was gained or lost.
    record Quorum(boolean isHeld) implements Note {}
}
