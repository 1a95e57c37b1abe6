package dev.sluice.net.netlink;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/// An IP address of this machine.
///
/// @param flags IFA_F_* bits
/// @param scope 0 global, 253 link, 254 host
public record InterfaceAddress(
        int interfaceIndex, Address address, int prefixBits, int flags, int scope) {

    static final int NO_DUPLICATE_DETECTION = 0x02;
    static final int SECONDARY = 0x01;
    static final int TENTATIVE = 0x40;

    private static final int SCOPE_LINK = 253;

    static final int HEADER_BYTES = 8; // struct ifaddrmsg

    static final int ADDRESS = 1;
    static final int LOCAL = 2;
    static final int LABEL = 3;
    static final int BROADCAST = 4;
    static final int CACHE_INFO = 6;
    static final int FLAGS = 8;

    /// Null for a family without IP addresses.
    static @Nullable InterfaceAddress parse(ByteBuffer payload) {
        Attributes attributes = Attributes.parse(payload.duplicate().position(HEADER_BYTES));
        // On a point-to-point link ADDRESS is the other end and LOCAL is ours.
        Address address = attributes.address(attributes.has(LOCAL) ? LOCAL : ADDRESS);
        if (address == null) {
            return null;
        }
        return new InterfaceAddress(
                payload.getInt(4),
                address,
                payload.get(1) & 0xff,
                attributes.i32(FLAGS, payload.get(2) & 0xff),
                payload.get(3) & 0xff);
    }

    /// Not the first of its subnet, in IPv4.
    public boolean isSecondary() {
        return !address.isIpv6() && (flags & SECONDARY) != 0;
    }

    /// Good on its own link only.
    public boolean isLinkLocal() {
        return scope == SCOPE_LINK;
    }

    /// Not usable yet: IPv6 is still asking whether somebody else has it.
    public boolean isTentative() {
        return (flags & TENTATIVE) != 0;
    }
}
