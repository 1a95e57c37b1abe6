package dev.sluice.director.protocol;

/// What becomes of a connection that `drop_entry` comes upon.
public enum Fate {
    KEPT,
    /// It was not answered yet, and floods are made of such.
    DROPPED,
    /// It depends on what it has seen.
    BY_LOT
}
