package dev.sluice.director.service;

import java.util.Arrays;

/// How long connections live without packets, by protocol and state, in seconds (ipvs.md §4).
/// Immutable.
///
/// ```
///        NONE ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN SYNACK
///  TCP      2         900      120       60      120       120    10         60       30    120    120
///  UDP    300
///
///        NONE INIT1 INIT … COOKIE-ECHOED ESTABLISHED SHUTDOWN-… REJECTED CLOSED
///  SCTP     2     4         61                   900         61        4     61
/// ```
public final class Timeouts {

    private static final int TCP_ESTABLISHED = 1;
    private static final int TCP_FIN_WAIT = 4;

    /// As IPVS starts.
    public static final Timeouts DEFAULT = new Timeouts(900, 120, 300);

    /// By protocol, then by state.
    private final int[][] seconds = {
        {2, 900, 120, 60, 120, 120, 10, 60, 30, 120, 120},
        {300},
        {2, 4, 61, 61, 61, 61, 61, 61, 900, 61, 61, 61, 4, 61},
    };

    /// The three that `ipvsadm --set` changes, the others as IPVS starts: established TCP
    /// connections, TCP connections after a FIN, and UDP.
    public Timeouts(int tcpSeconds, int tcpFinSeconds, int udpSeconds) {
        seconds[Protocol.TCP.ordinal()][TCP_ESTABLISHED] = tcpSeconds;
        seconds[Protocol.TCP.ordinal()][TCP_FIN_WAIT] = tcpFinSeconds;
        seconds[Protocol.UDP.ordinal()][0] = udpSeconds;
    }

    /// How long a connection without packets lives in this state.
    ///
    /// @param state the number of the protocol's state, as in connection records
    public int seconds(Protocol protocol, int state) {
        return seconds[protocol.ordinal()][state];
    }

    public int tcpSeconds() {
        return seconds(Protocol.TCP, TCP_ESTABLISHED);
    }

    public int tcpFinSeconds() {
        return seconds(Protocol.TCP, TCP_FIN_WAIT);
    }

    public int udpSeconds() {
        return seconds(Protocol.UDP, 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Timeouts that && Arrays.deepEquals(seconds, that.seconds);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(seconds);
    }

    @Override
    public String toString() {
        return Arrays.deepToString(seconds);
    }
}
