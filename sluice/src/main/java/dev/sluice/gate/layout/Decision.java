package dev.sluice.gate.layout;

/// What the gate does with a packet. Each has a counter.
public enum Decision {
    PASSED(0, "not ours: the stack goes on with it as if we did not exist"),
    CLIENT(Metadata.CLIENT, "up, sent by a client to a service"),
    SERVER(Metadata.SERVER, "up, sent by a real server to a client"),
    FRAGMENT(Metadata.FRAGMENT, "up, a fragment to a virtual address or from a real server"),
    ICMP(Metadata.ICMP, "up, an ICMP error that may be about a connection"),
    MARKED(Metadata.MARKED, "up, with the mark of a service when it came in"),
    ROUTED(Metadata.ROUTED, "up, routed to the slow device because of its mark"),
    STALE(0, "dropped: it would have gone up, but its worker shows no life"),
    RETURNED(0, "given back to the stack by a worker"),
    ROUTED_UNKNOWN(
            0,
            "dropped: routed to the slow device with a mark that is no service's, or no IP packet"),
    RETURN_FAILED(
            0,
            "dropped: given back by a worker, but there is no way back (its interface is gone, or"
                    + " it was routed here)");

    private final int kind;
    private final String explanation;

    Decision(int kind, String explanation) {
        this.kind = kind;
        this.explanation = explanation;
    }

    /// One line for the manual.
    public String explanation() {
        return explanation;
    }

    /// Of a packet that goes up, what [Metadata#kind] says; else 0.
    public int kind() {
        return kind;
    }

    /// The decision about a packet that went up.
    public static Decision ofKind(int kind) {
        for (Decision decision : values()) {
            if (kind != 0 && decision.kind == kind) {
                return decision;
            }
        }
        throw new IllegalArgumentException("no kind of packet: " + kind);
    }

    /// Where its counter is in [Maps#COUNTERS].
    public int counter() {
        return ordinal();
    }
}
