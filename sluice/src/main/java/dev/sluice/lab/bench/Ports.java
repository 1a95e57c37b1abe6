package dev.sluice.lab.bench;

import java.util.List;

/// Where the server listens, and each director with it.
final class Ports {

    static final int ECHO = 7;
    static final int DISCARD = 9;
    static final int HTTP = 80;
    static final int IPERF = 5201;

    static final List<Integer> TCP = List.of(ECHO, HTTP, IPERF);

    private Ports() {}
}
