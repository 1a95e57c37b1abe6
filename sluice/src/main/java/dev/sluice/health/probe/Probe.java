package dev.sluice.health.probe;

/// One way to find out whether a server works.
public interface Probe {

    /// Asks once. Takes as long as it takes, but no longer than its own time limits allow.
    ///
    /// @param part which of several questions, from 0
    Finding ask(int part) throws InterruptedException;
}
