package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// Ethernet II header, IEEE 802.3.
///
/// ```
///  0                6                12     14
/// +----------------+----------------+------+---------
/// |  destination   |     source     | type | payload
/// +----------------+----------------+------+---------
/// ```
///
/// MAC addresses are 48-bit numbers in a long.
public final class Ethernet {

    public static final int HEADER_BYTES = 14;

    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_VLAN = 0x8100;
    public static final int TYPE_IPV6 = 0x86dd;

    /// Service tag, the outer of two (802.1ad).
    public static final int TYPE_QINQ = 0x88a8;

    /// In the place of an address where there is none.
    public static final long NO_MAC = -1;

    public static final long BROADCAST = 0xffff_ffff_ffffL;

    private static final int DESTINATION = 0;
    public static final int SOURCE = 6;
    public static final int TYPE = 12;

    private Ethernet() {}

    public static long destination(MemorySegment frame, long ethernet) {
        return Bytes.u48(frame, ethernet + DESTINATION);
    }

    public static void destination(MemorySegment frame, long ethernet, long mac) {
        Bytes.u48(frame, ethernet + DESTINATION, mac);
    }

    public static long source(MemorySegment frame, long ethernet) {
        return Bytes.u48(frame, ethernet + SOURCE);
    }

    public static void source(MemorySegment frame, long ethernet, long mac) {
        Bytes.u48(frame, ethernet + SOURCE, mac);
    }

    public static int type(MemorySegment frame, long ethernet) {
        return Bytes.u16(frame, ethernet + TYPE);
    }

    public static void type(MemorySegment frame, long ethernet, int type) {
        Bytes.u16(frame, ethernet + TYPE, type);
    }
}
