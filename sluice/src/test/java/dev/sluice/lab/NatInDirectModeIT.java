package dev.sluice.lab;

/// Masquerading where bpf(2) is not permitted: classic filters bring the packets.
final class NatInDirectModeIT extends ForwardingIT {

    @Override
    TestBed start(int realServers) {
        return TestBed.nat(realServers, "--mode", "direct");
    }

    @Override
    String method() {
        return "-m";
    }
}
