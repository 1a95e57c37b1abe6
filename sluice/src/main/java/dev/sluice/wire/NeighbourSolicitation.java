package dev.sluice.wire;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// Who has `target`? An ICMPv6 message, RFC 4861 §4.3, with its IPv6 header.
///
/// ```
/// +--------------+-----+-----+----------+----------+------------+-----------------------+
/// | IPv6, hops   | 135 |  0  | checksum | reserved | target, 16 | option 1, 1: MAC, 6   |
/// | 255          |     |     |          |    4     |            | (not if from ::)      |
/// +--------------+-----+-----+----------+----------+------------+-----------------------+
/// ```
///
/// @param sourceMac [Ethernet#NO_MAC] if the option is not there
public record NeighbourSolicitation(
        Address source, Address destination, Address target, long sourceMac) {

    /// How long the longest emitted message is.
    public static final int MAX_BYTES =
            Ipv6.HEADER_BYTES + NeighbourMessage.BYTES + NeighbourMessage.MAC_OPTION_BYTES;

    /// Reads a message; null if the packet is not a valid solicitation (RFC 4861 §7.1.1).
    public static @Nullable NeighbourSolicitation parse(PacketView packet) {
        if (!NeighbourMessage.isValid(packet, Icmpv6.NEIGHBOUR_SOLICITATION)) {
            return null;
        }
        return new NeighbourSolicitation(
                Address.ipv6(packet.sourceHigh(), packet.sourceLow()),
                Address.ipv6(packet.destinationHigh(), packet.destinationLow()),
                NeighbourMessage.target(packet),
                NeighbourMessage.macOption(packet, NeighbourMessage.SOURCE_MAC));
    }

    /// Asks all nodes that might be `target`: to its solicited-node multicast address.
    public static NeighbourSolicitation of(Address source, long sourceMac, Address target) {
        return new NeighbourSolicitation(source, solicitedNode(target), target, sourceMac);
    }

    /// `ff02::1:ff` and the last 24 bits, RFC 4291 §2.7.1.
    public static Address solicitedNode(Address target) {
        return Address.ipv6(
                0xff02_0000_0000_0000L, 0x0000_0001_ff00_0000L | target.low() & 0xff_ffff);
    }

    /// The Ethernet address of an IPv6 multicast address, RFC 2464 §7.
    public static long multicastMac(Address group) {
        return 0x3333_0000_0000L | group.low() & 0xffff_ffffL;
    }

    /// The answer: the target is at `mac`. Unasked-for duplicate address detection (from `::`) is
    /// answered to all nodes.
    public NeighbourAdvertisement answer(long mac) {
        boolean anonymous = source.equals(Address.ANY_IPV6);
        return new NeighbourAdvertisement(
                target,
                anonymous ? NeighbourAdvertisement.ALL_NODES : source,
                target,
                false,
                !anonymous,
                true,
                mac);
    }

    /// Writes the IPv6 packet.
    ///
    /// @return its length
    public int emit(MemorySegment frame, long ip) {
        return NeighbourMessage.emit(
                frame,
                ip,
                source,
                destination,
                Icmpv6.NEIGHBOUR_SOLICITATION,
                0,
                target,
                NeighbourMessage.SOURCE_MAC,
                sourceMac);
    }
}
