package dev.sluice.net.netlink;

import java.nio.ByteBuffer;

/// A network interface.
///
/// @param macAddress in the low 48 bits, or -1 when it has none
/// @param kind such as `veth` or `vlan`, empty for hardware and `lo`
/// @param peerIndex for veth the other end, for VLANs the device below, 0 for none; when
///   `peerNamespace` is not -1, an index in that namespace
/// @param masterIndex the bridge, bond or VRF it belongs to, 0 for none
/// @param flags IFF_* bits
public record Link(
        int index,
        String name,
        String kind,
        int mtuBytes,
        long macAddress,
        int peerIndex,
        int peerNamespace,
        int masterIndex,
        int flags) {

    static final int IFF_UP = 0x1;
    static final int IFF_LOOPBACK = 0x8;
    static final int IFF_RUNNING = 0x40;
    static final int IFF_NOARP = 0x80;
    static final int IFF_LOWER_UP = 0x10000;

    static final int HEADER_BYTES = 16; // struct ifinfomsg

    static final int ADDRESS = 1;
    static final int NAME = 3;
    static final int MTU = 4;
    static final int LINK = 5;
    static final int MASTER = 10;
    static final int LINKINFO = 18;
    static final int NAMESPACE_FD = 28;
    static final int LINK_NAMESPACE_ID = 37;
    static final int GSO_MAX_SIZE = 41;
    static final int GSO_IPV4_MAX_SIZE = 63;

    static final int INFO_KIND = 1;
    static final int INFO_DATA = 2;

    static Link parse(ByteBuffer payload) {
        Attributes attributes = Attributes.parse(payload.duplicate().position(HEADER_BYTES));
        return new Link(
                payload.getInt(4),
                attributes.string(NAME, ""),
                attributes.nest(LINKINFO).string(INFO_KIND, ""),
                attributes.i32(MTU, 0),
                attributes.mac(ADDRESS),
                attributes.i32(LINK, 0),
                attributes.i32(LINK_NAMESPACE_ID, -1),
                attributes.i32(MASTER, 0),
                payload.getInt(8));
    }

    /// Whether somebody switched it on.
    public boolean isUp() {
        return (flags & IFF_UP) != 0;
    }

    /// Whether it can carry packets: on, and with a carrier.
    public boolean isRunning() {
        return (flags & (IFF_UP | IFF_LOWER_UP)) == (IFF_UP | IFF_LOWER_UP);
    }

    public boolean isLoopback() {
        return (flags & IFF_LOOPBACK) != 0;
    }

    public boolean hasArp() {
        return (flags & IFF_NOARP) == 0;
    }
}
