package dev.sluice.lab;

/// Masquerading shared by two workers, traffic in both directions.
final class NatWithTwoWorkersIT extends ForwardingIT {

    @Override
    TestBed start(int realServers) {
        return TestBed.nat(realServers, "--workers", "2");
    }

    @Override
    String method() {
        return "-m";
    }
}
