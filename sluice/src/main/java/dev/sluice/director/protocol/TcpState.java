package dev.sluice.director.protocol;

/// The state of a TCP connection as IPVS keeps it (ipvs.md §4.1). The ordinal is the number in
/// connection records and in synchronisation messages, and the column in
/// [dev.sluice.director.service.Timeouts].
public enum TcpState {
    NONE("NO", false),
    ESTABLISHED("ES", true),
    SYN_SENT("SS", true),
    SYN_RECV("SR", true),
    FIN_WAIT("FW", false),
    TIME_WAIT("TW", false),
    CLOSE("CL", false),
    CLOSE_WAIT("CW", false),
    LAST_ACK("LA", false),
    LISTEN("LI", false),
    SYNACK("SA", true);

    private static final TcpState[] ALL = values();

    private final String abbreviation;
    private final boolean active;

    TcpState(String abbreviation, boolean active) {
        this.abbreviation = abbreviation;
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
}
