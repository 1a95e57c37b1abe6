package dev.sluice.gate.layout;

import dev.sluice.wire.Bytes;

import java.lang.foreign.MemorySegment;

/// What the gate writes over the MAC addresses of a captured frame. Numbers are in network order.
///
/// ```
///  0      1        2                          6                              12
/// +------+--------+--------------------------+-------------------------------+
/// | kind | worker | ingress interface index  | source MAC, or mark 4 and 0 0 |
/// +------+--------+--------------------------+-------------------------------+
/// ```
///
/// Kinds are even, so that nobody takes the frame for a multicast.
public final class Metadata {

    /// The mark (SO_MARK) of frames that a worker gives back to the stack: the gate lets them pass.
    public static final int RETURN_MARK = 0x534c5543;

    /// Sent by a client to a service.
    public static final int CLIENT = 2;

    /// Sent by a real server: from its own endpoint, or under direct routing from the service's.
    public static final int SERVER = 4;

    /// A piece of a packet from or to either.
    public static final int FRAGMENT = 6;

    /// An ICMP error that may be about one of our connections.
    public static final int ICMP = 8;

    /// Came in with the mark of a service, which it carries in place of the source MAC. Back in the
    /// stack its source MAC is zero and its mark is gone.
    public static final int MARKED = 10;

    /// Routed here by the kernel because of its mark, which it carries in place of the source MAC;
    /// its TTL is decremented already. There is no way back to the stack, which would only route it
    /// here again: such a frame is dropped and counted.
    public static final int ROUTED = 12;

    public static final int KIND = 0;
    public static final int WORKER = 1;
    public static final int INTERFACE = 2;
    public static final int SOURCE_OR_MARK = 6;
    public static final int BYTES = 12;

    private Metadata() {}

    public static int kind(MemorySegment frame, long at) {
        return Bytes.u8(frame, at + KIND);
    }

    public static int worker(MemorySegment frame, long at) {
        return Bytes.u8(frame, at + WORKER);
    }

    /// The interface the frame came in at; 0 for a packet of this machine's own.
    public static int interfaceIndex(MemorySegment frame, long at) {
        return (int) Bytes.u32(frame, at + INTERFACE);
    }

    /// The packet's mark, 0 when it has none.
    public static int mark(MemorySegment frame, long at) {
        int kind = kind(frame, at);
        return kind == MARKED || kind == ROUTED ? (int) Bytes.u32(frame, at + SOURCE_OR_MARK) : 0;
    }
}
