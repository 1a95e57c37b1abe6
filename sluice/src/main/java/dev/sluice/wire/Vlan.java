package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// What follows the Ethernet type [Ethernet#TYPE_VLAN]: the tag and the type of the payload, IEEE
/// 802.1Q.
///
/// ```
///  0   3 4           15 16            31
/// +-----+-+------------+---------------+
/// | pcp |d|  VLAN id   |     type      |
/// +-----+-+------------+---------------+
/// ```
public final class Vlan {

    public static final int HEADER_BYTES = 4;

    private static final int TAG = 0;
    private static final int TYPE = 2;

    private Vlan() {}

    /// All 16 bits of the tag control information.
    public static int tag(MemorySegment frame, long vlan) {
        return Bytes.u16(frame, vlan + TAG);
    }

    public static void tag(MemorySegment frame, long vlan, int tag) {
        Bytes.u16(frame, vlan + TAG, tag);
    }

    public static int id(MemorySegment frame, long vlan) {
        return tag(frame, vlan) & 0xfff;
    }

    public static int priority(MemorySegment frame, long vlan) {
        return tag(frame, vlan) >>> 13;
    }

    public static int type(MemorySegment frame, long vlan) {
        return Bytes.u16(frame, vlan + TYPE);
    }

    public static void type(MemorySegment frame, long vlan, int type) {
        Bytes.u16(frame, vlan + TYPE, type);
    }
}
