package dev.sluice.control;

import dev.sluice.director.ConnectionEntry;

import java.util.function.Consumer;

/// Whoever knows the connections: the workers, each of which serves a slice of its own table
/// between two bursts of packets.
@FunctionalInterface
public interface ConnectionSource {

    /// A director without packets.
    ConnectionSource NONE = consumer -> {};

    /// Hands over every connection, in no order. Blocks until all have been seen or the consumer
    /// throws; connections that come or go meanwhile may be seen or not. The consumer is called on
    /// the caller's thread.
    void forEach(Consumer<ConnectionEntry> consumer);
}
