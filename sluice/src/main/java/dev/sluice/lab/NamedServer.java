package dev.sluice.lab;

/// A server that answers every request with its own name, so that a client sees who served it.
public interface NamedServer extends AutoCloseable {

    /// The machine it runs on, which is also its answer.
    String name();

    /// Requests answered so far.
    long answered();

    @Override
    void close();
}
