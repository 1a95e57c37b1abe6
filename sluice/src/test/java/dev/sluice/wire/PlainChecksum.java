package dev.sluice.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Checksums added up from the bytes, word by word, to hold the product's arithmetic to: a fuzz
/// test asks for the *error* of a packet, by how much its checksum is off modulo 0xffff. 0 is
/// right. Whoever translates a packet must leave the error what it was: a right checksum right, a
/// wrong one wrong, also where only a part of what it covers is there.
///
/// Of the view only the places of the headers are believed; addresses are read from the packet.
public final class PlainChecksum {

    private static final int MODULUS = 0xffff;

    private PlainChecksum() {}

    /// Of the IPv4 header at `ip`; 0 for IPv6, which has none.
    public static int ipv4Error(MemorySegment frame, long ip) {
        int version = u8(frame, ip) >> 4;
        return version == 4 ? mod(sum(frame, ip, ip + (u8(frame, ip) & 0x0f) * 4L)) : 0;
    }

    /// Of TCP, UDP, ICMP and ICMPv6; 0 for later fragments and other protocols. If partial, the
    /// field should be the sum of the pseudo-header.
    public static int transportError(PacketView packet) {
        if (!hasInternetChecksum(packet)) {
            return 0;
        }
        MemorySegment frame = packet.frame();
        long transport = packet.transport();
        long pseudo = pseudoSum(packet);
        if (packet.isChecksumPartial()) {
            return mod(u16(frame, field(packet)) + MODULUS - mod(pseudo));
        }
        return mod(pseudo + sum(frame, transport, transport + covered(packet)));
    }

    /// Where the checksum field is.
    public static long field(PacketView packet) {
        int offset =
                switch (packet.protocol()) {
                    case IpProtocol.TCP -> 16;
                    case IpProtocol.UDP -> 6;
                    default -> 2;
                };
        return packet.transport() + offset;
    }

    /// Whether there is an Internet checksum here, of a protocol that is known.
    public static boolean hasInternetChecksum(PacketView packet) {
        return switch (packet.protocol()) {
            case IpProtocol.TCP, IpProtocol.UDP -> packet.hasPorts();
            case IpProtocol.ICMP -> !packet.isIpv6() && !packet.isLaterFragment();
            case IpProtocol.ICMPV6 -> packet.isIpv6() && !packet.isLaterFragment();
            default -> false;
        };
    }

    private static int covered(PacketView packet) {
        boolean udp = packet.protocol() == IpProtocol.UDP;
        int length = packet.transportLength();
        return udp ? Math.min(length, u16(packet.frame(), packet.transport() + 4)) : length;
    }

    private static long pseudoSum(PacketView packet) {
        MemorySegment frame = packet.frame();
        if (packet.protocol() == IpProtocol.ICMP) {
            return 0;
        }
        long addresses = packet.ip() + (packet.isIpv6() ? 8 : 12);
        int bytes = packet.isIpv6() ? 32 : 8;
        return sum(frame, addresses, addresses + bytes) + packet.protocol() + covered(packet);
    }

    private static long sum(MemorySegment frame, long from, long to) {
        long sum = 0;
        long at = from;
        for (; at + 2 <= to; at += 2) {
            sum += u16(frame, at);
        }
        return at < to ? sum + (u8(frame, at) << 8) : sum;
    }

    /// Nothing but zeros does not add up to 0xffff, so it has no right checksum.
    private static int mod(long sum) {
        return sum == 0 ? MODULUS : (int) (sum % MODULUS);
    }

    private static int u16(MemorySegment frame, long at) {
        return u8(frame, at) << 8 | u8(frame, at + 1);
    }

    private static int u8(MemorySegment frame, long at) {
        return frame.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }
}
