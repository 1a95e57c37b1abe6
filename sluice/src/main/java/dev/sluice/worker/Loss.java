package dev.sluice.worker;

/// Frames that a worker itself could not bring further. What the director drops has a
/// [dev.sluice.director.DropReason].
public enum Loss {
    /// More came than the worker could read: the ring was full.
    NOT_READ_IN_TIME,
    /// Sent up by the gate, but not a well-formed packet: given back to the stack.
    MALFORMED,
    /// Routed here by the kernel because of its mark, and not for a service: the stack would only
    /// route it here again.
    ROUTED_IN_VAIN,
    /// A neighbour was not resolved yet, and so many frames waited that the oldest gave way.
    WAITING_ROOM_FULL,
    /// The other worker's queue was full.
    HAND_OVER_FULL,
    /// The kernel did not take it: the interface is down, gone, or full.
    REFUSED
}
