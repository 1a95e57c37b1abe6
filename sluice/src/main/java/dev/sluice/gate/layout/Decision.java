package dev.sluice.gate.layout;

/// What the gate does with a packet. Each has a counter.
public enum Decision {
    /// Not ours: the stack goes on with it as if we did not exist.
    PASSED(0),
    /// Up, sent by a client to a service.
    CLIENT(Metadata.CLIENT),
    /// Up, sent by a real server to a client.
    SERVER(Metadata.SERVER),
    /// Up, a fragment to a virtual address or from a real server.
    FRAGMENT(Metadata.FRAGMENT),
    /// Up, an ICMP error that may be about a connection.
    ICMP(Metadata.ICMP),
    /// Up, with the mark of a service when it came in.
    MARKED(Metadata.MARKED),
    /// Up, routed to the slow device because of its mark.
    ROUTED(Metadata.ROUTED),
    /// Dropped: it would have gone up, but its worker shows no life.
    STALE(0),
    /// Given back to the stack by a worker.
    RETURNED(0),
    /// Dropped: routed to the slow device with a mark that is no service's, or no IP packet.
    ROUTED_UNKNOWN(0),
    /// Dropped: given back by a worker, but there is no way back (its interface is gone, or it was
    /// routed here).
    RETURN_FAILED(0);

    private final int kind;

    Decision(int kind) {
        this.kind = kind;
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
