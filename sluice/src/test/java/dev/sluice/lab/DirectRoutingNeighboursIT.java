package dev.sluice.lab;

/// Direct routing.
final class DirectRoutingNeighboursIT extends NeighboursIT {

    @Override
    TestBed start(int realServers) {
        return TestBed.directRouting(realServers);
    }

    @Override
    String method() {
        return "-g";
    }

    @Override
    String back() {
        return "eth0";
    }
}
