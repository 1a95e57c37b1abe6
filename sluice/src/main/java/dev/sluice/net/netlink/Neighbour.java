package dev.sluice.net.netlink;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/// What the kernel knows about a machine on a link.
///
/// @param macAddress in the low 48 bits, or -1 when unknown
/// @param state NUD_* bits
public record Neighbour(int interfaceIndex, Address address, long macAddress, int state) {

    public static final int INCOMPLETE = 0x01;
    public static final int REACHABLE = 0x02;
    public static final int STALE = 0x04;
    public static final int DELAY = 0x08;
    public static final int PROBE = 0x10;
    public static final int FAILED = 0x20;
    public static final int NOARP = 0x40;
    public static final int PERMANENT = 0x80;

    private static final int VALID =
            PERMANENT | NOARP | REACHABLE | PROBE | STALE | DELAY; // the kernel's NUD_VALID

    static final int HEADER_BYTES = 12; // struct ndmsg

    static final int DESTINATION = 1;
    static final int LINK_ADDRESS = 2;

    /// Null for entries that are not IP neighbours, such as a bridge's.
    static @Nullable Neighbour parse(ByteBuffer payload) {
        Attributes attributes = Attributes.parse(payload.duplicate().position(HEADER_BYTES));
        Address address = attributes.address(DESTINATION);
        if (address == null || !Families.isIp(payload.get(0) & 0xff)) {
            return null;
        }
        return new Neighbour(
                payload.getInt(4),
                address,
                attributes.mac(LINK_ADDRESS),
                payload.getShort(8) & 0xffff);
    }

    /// Whether packets may be sent to [#macAddress].
    public boolean isUsable() {
        return (state & VALID) != 0 && macAddress != -1;
    }
}
