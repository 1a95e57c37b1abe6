package dev.sluice.gate;

import dev.sluice.wire.Bytes;

import java.lang.foreign.MemorySegment;

/// What the gate writes over the MAC addresses of a captured frame.
///
/// ```
///  0      1        2                          6                              12
/// +------+--------+--------------------------+-------------------------------+
/// | kind | worker | ingress interface index  | source MAC, or mark 4 and 0 0 |
/// +------+--------+--------------------------+-------------------------------+
/// ```
public final class Metadata {

    /// Sent by a client to a service.
    public static final int CLIENT = 1;

    /// Sent by a masqueraded real server.
    public static final int SERVER = 2;

    /// A piece of a packet from or to either.
    public static final int FRAGMENT = 3;

    /// An ICMP error that may be about one of our connections.
    public static final int ICMP = 4;

    /// Routed here because of its mark, which it carries in place of the source MAC.
    public static final int MARKED = 5;

    public static final int KIND = 0;
    public static final int WORKER = 1;
    public static final int INTERFACE = 2;
    public static final int SOURCE_OR_MARK = 6;

    private Metadata() {}

    public static int kind(MemorySegment frame, long at) {
        return Bytes.u8(frame, at + KIND);
    }

    public static int worker(MemorySegment frame, long at) {
        return Bytes.u8(frame, at + WORKER);
    }

    public static int interfaceIndex(MemorySegment frame, long at) {
        return (int) Bytes.u32(frame, at + INTERFACE);
    }

    /// The packet's mark, 0 when it has none.
    public static int mark(MemorySegment frame, long at) {
        return kind(frame, at) == MARKED ? (int) Bytes.u32(frame, at + SOURCE_OR_MARK) : 0;
    }
}
