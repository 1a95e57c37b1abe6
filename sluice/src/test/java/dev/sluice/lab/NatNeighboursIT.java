package dev.sluice.lab;

/// Masquerading.
final class NatNeighboursIT extends NeighboursIT {

    @Override
    TestBed start(int realServers) {
        return TestBed.nat(realServers);
    }

    @Override
    String method() {
        return "-m";
    }

    @Override
    String back() {
        return "eth1";
    }
}
