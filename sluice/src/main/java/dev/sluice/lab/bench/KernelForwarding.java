package dev.sluice.lab.bench;

import org.jspecify.annotations.Nullable;

/// The director is a plain router: what all the others are measured against.
final class KernelForwarding implements Peer {

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public String title() {
        return "kernel";
    }

    @Override
    public @Nullable Tool tool() {
        return null;
    }

    @Override
    public boolean hasVirtualAddress() {
        return false;
    }

    @Override
    public void start(Lane lane, BenchNetwork network) {
        // Every director forwards.
    }
}
