package dev.sluice.wire;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// `target` is at this MAC address: an ICMPv6 message, RFC 4861 §4.4, with its IPv6 header. Laid
/// out as [NeighbourSolicitation], with type 136, flags in the reserved word and option 2.
///
/// @param solicited whether it answers a solicitation
/// @param override whether it replaces what the receiver knows
/// @param targetMac [Ethernet#NO_MAC] if the option is not there
public record NeighbourAdvertisement(
        Address source,
        Address destination,
        Address target,
        boolean router,
        boolean solicited,
        boolean override,
        long targetMac) {

    /// `ff02::1`.
    public static final Address ALL_NODES = Address.ipv6(0xff02_0000_0000_0000L, 1);

    private static final long ROUTER = 1L << 31;
    private static final long SOLICITED = 1L << 30;
    private static final long OVERRIDE = 1L << 29;

    /// Reads a message; null if the packet is not a valid advertisement (RFC 4861 §7.1.2).
    public static @Nullable NeighbourAdvertisement parse(PacketView packet) {
        if (!NeighbourMessage.isValid(packet, Icmpv6.NEIGHBOUR_ADVERTISEMENT)) {
            return null;
        }
        long flags = Bytes.u32(packet.frame(), packet.transport() + 4);
        return new NeighbourAdvertisement(
                Address.ipv6(packet.sourceHigh(), packet.sourceLow()),
                Address.ipv6(packet.destinationHigh(), packet.destinationLow()),
                NeighbourMessage.target(packet),
                (flags & ROUTER) != 0,
                (flags & SOLICITED) != 0,
                (flags & OVERRIDE) != 0,
                NeighbourMessage.macOption(packet, NeighbourMessage.TARGET_MAC));
    }

    /// Writes the IPv6 packet.
    ///
    /// @return its length, at most [NeighbourSolicitation#MAX_BYTES]
    public int emit(MemorySegment frame, long ip) {
        long flags =
                (router ? ROUTER : 0) | (solicited ? SOLICITED : 0) | (override ? OVERRIDE : 0);
        return NeighbourMessage.emit(
                frame,
                ip,
                source,
                destination,
                Icmpv6.NEIGHBOUR_ADVERTISEMENT,
                flags,
                target,
                NeighbourMessage.TARGET_MAC,
                targetMac);
    }
}
