package dev.sluice.director.service;

/// The transport protocols that a virtual service can balance, with their IP protocol numbers.
public enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /// The IANA protocol number.
    public int number() {
        return number;
    }
}
