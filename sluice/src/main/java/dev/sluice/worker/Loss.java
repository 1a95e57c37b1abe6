package dev.sluice.worker;

/// Frames that a worker itself could not bring further. What the director drops has a
/// [dev.sluice.director.DropReason].
public enum Loss {
    NOT_READ_IN_TIME("overload: more came than the worker could read, and the ring was full"),
    TOO_LONG("longer than 64 KiB, and no TCP super-packet, which would have come in pieces"),
    MALFORMED("sent up by the gate, but not a well-formed packet: given back to the stack"),
    /// The stack would only route it here again.
    ROUTED_IN_VAIN("routed here by the kernel because of its mark, and not for a service"),
    WAITING_ROOM_FULL(
            "a next hop was not resolved yet, and so many frames waited that the oldest gave way"),
    HAND_OVER_FULL("overload: the other worker's queue was full"),
    REFUSED("the kernel did not take it: the interface is down, gone, or full");

    private final String explanation;

    Loss(String explanation) {
        this.explanation = explanation;
    }

    /// One line for the manual.
    public String explanation() {
        return explanation;
    }
}
