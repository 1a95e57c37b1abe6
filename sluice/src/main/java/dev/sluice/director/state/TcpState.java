package dev.sluice.director.state;

import dev.sluice.director.service.Timeouts;

/// The state of a TCP connection as IPVS keeps it (ipvs.md §4.1). The ordinal is the number in
/// connection records and in synchronisation messages.
public enum TcpState {
    NONE("NO", 2, false),
    ESTABLISHED("ES", 900, true),
    SYN_SENT("SS", 120, true),
    SYN_RECV("SR", 60, true),
    FIN_WAIT("FW", 120, false),
    TIME_WAIT("TW", 120, false),
    CLOSE("CL", 10, false),
    CLOSE_WAIT("CW", 60, false),
    LAST_ACK("LA", 30, false),
    LISTEN("LI", 120, false),
    SYNACK("SA", 120, true);

    private static final TcpState[] ALL = values();

    private final String abbreviation;
    private final int timeoutSeconds;
    private final boolean active;

    TcpState(String abbreviation, int timeoutSeconds, boolean active) {
        this.abbreviation = abbreviation;
        this.timeoutSeconds = timeoutSeconds;
        this.active = active;
    }

    public static TcpState of(int number) {
        return ALL[number];
    }

    /// Two letters, as in the tables.
    String abbreviation() {
        return abbreviation;
    }

    /// Whether a connection in this state counts as active.
    public boolean isActive() {
        return active;
    }

    /// How long a connection in this state lives without packets.
    public int timeoutSeconds(Timeouts timeouts) {
        return switch (this) {
            case ESTABLISHED -> timeouts.tcpSeconds();
            case FIN_WAIT -> timeouts.tcpFinSeconds();
            default -> timeoutSeconds;
        };
    }
}
