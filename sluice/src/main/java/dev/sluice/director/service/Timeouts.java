package dev.sluice.director.service;

/// The three timeouts that `ipvsadm --set` changes, in seconds: established TCP connections, TCP
/// connections after a FIN, and UDP.
public record Timeouts(int tcpSeconds, int tcpFinSeconds, int udpSeconds) {

    public static final Timeouts DEFAULT = new Timeouts(900, 120, 300);
}
