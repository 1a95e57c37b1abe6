package dev.sluice.gate;

import dev.sluice.gate.layout.Decision;

/// What only a gate of eBPF programs can do: they outlive their director, look whether its workers
/// live, and count. Direct mode's filters know none of it.
public interface GatePrograms {

    /// A worker's thread, each round: it lives.
    void beat(int worker, long nowNanos);

    /// Packets that were decided so.
    long count(Decision decision);

    /// Whether they go on with what an earlier director, which was killed, had left.
    boolean tookOver();
}
