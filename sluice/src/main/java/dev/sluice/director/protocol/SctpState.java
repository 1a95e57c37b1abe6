package dev.sluice.director.protocol;

/// The state of an SCTP association as IPVS keeps it (ipvs.md §4.3). The ordinal is the number in
/// connection records and in synchronisation messages, and the column in
/// [dev.sluice.director.service.Timeouts].
public enum SctpState {
    NONE("NO", "NONE"),
    INIT1("I1", "INIT1"),
    INIT("IN", "INIT"),
    COOKIE_SENT("CS", "C-SENT"),
    COOKIE_REPLIED("CR", "C-REPLIED"),
    COOKIE_WAIT("CW", "C-WAIT"),
    COOKIE("CO", "COOKIE"),
    COOKIE_ECHOED("CE", "C-ECHOED"),
    ESTABLISHED("ES", "ESTABLISHED"),
    SHUTDOWN_SENT("SS", "S-SENT"),
    SHUTDOWN_RECEIVED("SR", "S-RECEIVED"),
    SHUTDOWN_ACK_SENT("SA", "S-ACK-SENT"),
    REJECTED("RJ", "REJECTED"),
    CLOSED("CL", "CLOSED");

    private static final SctpState[] ALL = values();

    private final String abbreviation;
    private final String label;

    SctpState(String abbreviation, String label) {
        this.abbreviation = abbreviation;
        this.label = label;
    }

    static SctpState of(int number) {
        return ALL[number];
    }

    /// Two letters, as in the tables.
    String abbreviation() {
        return abbreviation;
    }

    /// As `ipvsadm -Lc` names it.
    String label() {
        return label;
    }
}
