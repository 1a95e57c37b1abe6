package dev.sluice.director.connection;

/// Which way a flow runs, as seen from a connection: which of its two ends is the client.
public enum Direction {
    /// Its source is the client.
    FROM_CLIENT,
    /// Its destination is the client.
    TO_CLIENT
}
