package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// Generic UDP Encapsulation (draft-ietf-intarea-gue), version 0, as Linux speaks it: UDP, then
///
/// ```
///  0  1 2   3     7 8            15 16            31
/// +----+-+--------+---------------+----------------+
/// |ver |C| length | protocol      |     flags      |
/// +----+-+--------+---------------+----------------+
/// |            optional fields, length words        |
/// ```
public final class Gue {

    /// Without optional fields, and without UDP.
    public static final int HEADER_BYTES = 4;

    private static final int VERSION_AND_CONTROL = 0xe0;
    private static final int LENGTH = 0x1f;
    private static final int PROTOCOL = 1;

    private Gue() {}

    /// Writes a header without optional fields.
    public static void write(MemorySegment frame, long gue, int protocol) {
        Bytes.u32(frame, gue, (long) protocol << 16);
    }

    /// The length with optional fields, or 0 if it is another version or a control message.
    public static int headerLength(MemorySegment frame, long gue) {
        int first = Bytes.u8(frame, gue);
        return (first & VERSION_AND_CONTROL) != 0 ? 0 : HEADER_BYTES + (first & LENGTH) * 4;
    }

    /// The [IpProtocol] of what it carries.
    public static int protocol(MemorySegment frame, long gue) {
        return Bytes.u8(frame, gue + PROTOCOL);
    }
}
