package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// What the two neighbour messages share: their layout, and the rules that make them valid.
final class NeighbourMessage {

    /// ICMPv6 header and target, without options.
    static final int BYTES = 24;

    static final int MAC_OPTION_BYTES = 8;

    /// Option types.
    static final int SOURCE_MAC = 1;

    static final int TARGET_MAC = 2;

    /// A router would have taken one: the message is from this link.
    private static final int HOP_LIMIT = 255;

    private static final int TARGET = 8;

    private NeighbourMessage() {}

    static boolean isValid(PacketView packet, int type) {
        return packet.isIpv6()
                && packet.isIcmp()
                && packet.icmpType() == type
                && packet.icmpCode() == 0
                && packet.ttl() == HOP_LIMIT
                && packet.transportLength() >= BYTES
                && !packet.isFragment()
                && Rewrite.isChecksumRight(packet)
                && areOptionsWhole(packet);
    }

    static Address target(PacketView packet) {
        long at = packet.transport() + TARGET;
        return Address.ipv6(Bytes.u64(packet.frame(), at), Bytes.u64(packet.frame(), at + 8));
    }

    private static boolean areOptionsWhole(PacketView packet) {
        long end = packet.ip() + packet.length();
        long option = packet.transport() + BYTES;
        while (option + 2 <= end) {
            int bytes = optionLength(packet, option);
            if (bytes == 0) {
                return false;
            }
            option += bytes;
        }
        return option == end;
    }

    /// Of valid options.
    static long macOption(PacketView packet, int type) {
        long end = packet.ip() + packet.length();
        for (long option = packet.transport() + BYTES;
                option < end;
                option += optionLength(packet, option)) {
            if (Bytes.u8(packet.frame(), option) == type) {
                return Bytes.u48(packet.frame(), option + 2);
            }
        }
        return Ethernet.NO_MAC;
    }

    private static int optionLength(PacketView packet, long option) {
        return Bytes.u8(packet.frame(), option + 1) * 8;
    }

    static int emit(
            MemorySegment frame,
            long ip,
            Address source,
            Address destination,
            int type,
            long flags,
            Address target,
            int option,
            long mac) {
        boolean withMac = mac != Ethernet.NO_MAC;
        int length = BYTES + (withMac ? MAC_OPTION_BYTES : 0);
        Ipv6.firstWord(frame, ip, 0, 0);
        Ipv6.payloadLength(frame, ip, length);
        Ipv6.nextHeader(frame, ip, IpProtocol.ICMPV6);
        Ipv6.hopLimit(frame, ip, HOP_LIMIT);
        Ipv6.source(frame, ip, source.high(), source.low());
        Ipv6.destination(frame, ip, destination.high(), destination.low());
        long icmp = ip + Ipv6.HEADER_BYTES;
        Icmpv6.type(frame, icmp, type);
        Icmpv6.code(frame, icmp, 0);
        Icmpv6.checksum(frame, icmp, 0);
        Bytes.u32(frame, icmp + 4, flags);
        Bytes.u64(frame, icmp + TARGET, target.high());
        Bytes.u64(frame, icmp + TARGET + 8, target.low());
        if (withMac) {
            Bytes.u8(frame, icmp + BYTES, option);
            Bytes.u8(frame, icmp + BYTES + 1, 1);
            Bytes.u48(frame, icmp + BYTES + 2, mac);
        }
        long pseudoSum =
                Checksum.pseudoSum(
                        source.high(),
                        source.low(),
                        destination.high(),
                        destination.low(),
                        IpProtocol.ICMPV6,
                        length);
        Icmpv6.checksum(frame, icmp, Checksum.ofTransport(frame, icmp, length, pseudoSum));
        return Ipv6.HEADER_BYTES + length;
    }
}
