package dev.sluice.lab;

/// Nobody is disturbed where classic filters bring the packets, either.
final class BystandersInDirectModeIT extends BystandersIT {

    @Override
    TestBed start() {
        return TestBed.nat(2, "--mode", "direct");
    }
}
