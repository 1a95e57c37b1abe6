package dev.sluice.gate;

import dev.sluice.gate.layout.Decision;

/// What only a gate of eBPF programs can do: they look whether their director's workers live, and
/// count. Direct mode's filters know none of it.
public interface GatePrograms {

    /// A worker's thread, each round: it lives.
    void beat(int worker, long nowNanos);

    /// Packets that were decided so.
    long count(Decision decision);
}
