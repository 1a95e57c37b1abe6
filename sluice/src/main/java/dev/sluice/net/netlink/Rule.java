package dev.sluice.net.netlink;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/// A policy rule: packets like these are routed by that table.
///
/// @param priority smaller is asked first
/// @param mark compared under `markMask`; both 0 for any
/// @param inInterface a name, empty for any
/// @param source null for any
/// @param destination of length 0 for any
public record Rule(
        Family family,
        int priority,
        int mark,
        int markMask,
        String inInterface,
        @Nullable Address source,
        int sourceBits,
        Prefix destination,
        int table) {

    static final int HEADER_BYTES = 12; // struct fib_rule_hdr

    static final int DESTINATION = 1;
    static final int SOURCE = 2;
    static final int IN_INTERFACE = 3;
    static final int PRIORITY = 6;
    static final int MARK = 10;
    static final int TABLE = 15;
    static final int MARK_MASK = 16;

    /// Packets with exactly this mark.
    public static Rule forMark(Family family, int priority, int mark, int table) {
        return new Rule(family, priority, mark, -1, "", null, 0, any(family), table);
    }

    public static Rule forInterface(Family family, int priority, String name, int table) {
        return new Rule(family, priority, 0, 0, name, null, 0, any(family), table);
    }

    public static Rule forSource(int priority, Address source, int sourceBits, int table) {
        return new Rule(
                source.family(),
                priority,
                0,
                0,
                "",
                source,
                sourceBits,
                any(source.family()),
                table);
    }

    /// Packets to these addresses.
    public static Rule forDestination(int priority, Prefix destination, int table) {
        Family family = destination.first().family();
        return new Rule(family, priority, 0, 0, "", null, 0, destination, table);
    }

    private static Prefix any(Family family) {
        return Prefix.of(Families.any(family), 0);
    }

    static @Nullable Rule parse(ByteBuffer payload) {
        int family = payload.get(0) & 0xff;
        if (!Families.isIp(family)) {
            return null;
        }
        Attributes attributes = Attributes.parse(payload.duplicate().position(HEADER_BYTES));
        Address destination = attributes.address(DESTINATION);
        return new Rule(
                Families.of(family),
                attributes.i32(PRIORITY, 0),
                attributes.i32(MARK, 0),
                attributes.i32(MARK_MASK, 0),
                attributes.string(IN_INTERFACE, ""),
                attributes.address(SOURCE),
                payload.get(2) & 0xff,
                destination == null
                        ? any(Families.of(family))
                        : Prefix.of(destination, payload.get(1) & 0xff),
                attributes.i32(TABLE, payload.get(4) & 0xff));
    }

    @Override
    public String toString() {
        return "priority "
                + priority
                + (markMask == 0 ? "" : " fwmark 0x" + Integer.toHexString(mark))
                + (inInterface.isEmpty() ? "" : " iif " + inInterface)
                + (source == null ? "" : " from " + source + "/" + sourceBits)
                + (destination.bits() == 0 ? "" : " to " + destination)
                + " table "
                + table;
    }
}
