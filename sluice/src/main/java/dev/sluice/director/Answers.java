package dev.sluice.director;

import dev.sluice.wire.Checksum;
import dev.sluice.wire.Icmp;
import dev.sluice.wire.Icmpv6;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.PacketView;

import java.lang.foreign.MemorySegment;

/// Makes the ICMP errors with which a director tells a client why its packet did not go on: from
/// the virtual address, quoting as much of the packet as Linux does (RFC 1812 §4.3.2.3, RFC 4443
/// §2.4). Too many are suppressed, by a token bucket as Linux has one for the whole machine
/// (`icmp_msgs_per_sec`); its bucket per receiver is not copied.
final class Answers {

    /// An IPv4 error is at most this long, whatever the MTU.
    private static final int MAX_BYTES = 576;

    /// An IPv6 error is at most this long: the least MTU of IPv6.
    private static final int MAX_BYTES_IPV6 = 1280;

    static final int BUFFER_BYTES = MAX_BYTES_IPV6;

    private static final int TTL = 64;

    /// Precedence *internetwork control*, as Linux sets it on errors beside the type of service.
    private static final int INTERNET_CONTROL = 0xc0;

    private static final int TYPE_OF_SERVICE = 0x1e;

    private final MemorySegment answer;
    private final long nanosPerAnswer;
    private final long burstNanos;

    /// Sending is allowed once this time is reached; each answer moves it on. It lies at most a
    /// burst in the past.
    private long allowedAtNanos;

    private boolean started;
    private int nextId;

    Answers(MemorySegment answer, int perSecond, int burst) {
        this.answer = answer;
        nanosPerAnswer = 1_000_000_000L / Math.max(1, perSecond);
        burstNanos = perSecond > 0 ? burst * nanosPerAnswer : 0;
    }

    /// Whether an error about this packet may be sent to its source (RFC 1122 §3.2.2): not about
    /// ICMP errors and later fragments, not to what is no single host.
    static boolean mayConcern(PacketView packet) {
        if (packet.isIcmpError() || packet.isLaterFragment()) {
            return false;
        }
        if (packet.isIpv6()) {
            long high = packet.sourceHigh();
            boolean multicast = high >>> 56 == 0xff;
            boolean loopbackOrNone = high == 0 && packet.sourceLow() >>> 1 == 0;
            return !multicast && !loopbackOrNone;
        }
        int firstByte = (int) (packet.sourceLow() >>> 24);
        return firstByte != 0 && firstByte != 127 && firstByte < 224;
    }

    /// Takes a token for one answer.
    boolean allow(IcmpAnswer kind, long nowNanos) {
        if (kind == IcmpAnswer.TOO_BIG) {
            return true;
        }
        if (!started || nowNanos - allowedAtNanos > burstNanos) {
            started = true;
            allowedAtNanos = nowNanos - burstNanos;
        }
        if (nowNanos - allowedAtNanos < nanosPerAnswer) {
            return false;
        }
        allowedAtNanos += nanosPerAnswer;
        return true;
    }

    /// Writes the error about a packet that is still as it came.
    ///
    /// @param mtuBytes of [IcmpAnswer#TOO_BIG], else 0
    /// @return its length
    int write(PacketView packet, IcmpAnswer kind, int mtuBytes) {
        return packet.isIpv6()
                ? writeIpv6(packet, kind, mtuBytes)
                : writeIpv4(packet, kind, mtuBytes);
    }

    private int writeIpv4(PacketView packet, IcmpAnswer kind, int mtuBytes) {
        long icmp = Ipv4.HEADER_BYTES;
        int room = MAX_BYTES - Ipv4.HEADER_BYTES - Icmp.HEADER_BYTES;
        int quoted = Math.min(packet.length(), room);
        int length = Ipv4.HEADER_BYTES + Icmp.HEADER_BYTES + quoted;
        Ipv4.headerLength(answer, 0, Ipv4.HEADER_BYTES);
        Ipv4.tos(answer, 0, packet.trafficClass() & TYPE_OF_SERVICE | INTERNET_CONTROL);
        Ipv4.totalLength(answer, 0, length);
        Ipv4.id(answer, 0, nextId++ & 0xffff);
        Ipv4.fragmentWord(answer, 0, 0);
        Ipv4.ttl(answer, 0, TTL);
        Ipv4.protocol(answer, 0, IpProtocol.ICMP);
        Ipv4.source(answer, 0, packet.destinationLow());
        Ipv4.destination(answer, 0, packet.sourceLow());
        Ipv4.fillChecksum(answer, 0);
        writeIcmp(packet, kind, icmp, quoted);
        Icmp.mtu(answer, icmp, mtuBytes);
        Icmp.checksum(answer, icmp, Checksum.of(answer, icmp, Icmp.HEADER_BYTES + quoted));
        return length;
    }

    private int writeIpv6(PacketView packet, IcmpAnswer kind, int mtuBytes) {
        long icmp = Ipv6.HEADER_BYTES;
        int room = MAX_BYTES_IPV6 - Ipv6.HEADER_BYTES - Icmpv6.HEADER_BYTES;
        int quoted = Math.min(packet.length(), room);
        int payload = Icmpv6.HEADER_BYTES + quoted;
        Ipv6.firstWord(answer, 0, 0, 0);
        Ipv6.payloadLength(answer, 0, payload);
        Ipv6.nextHeader(answer, 0, IpProtocol.ICMPV6);
        Ipv6.hopLimit(answer, 0, TTL);
        Ipv6.source(answer, 0, packet.destinationHigh(), packet.destinationLow());
        Ipv6.destination(answer, 0, packet.sourceHigh(), packet.sourceLow());
        writeIcmp(packet, kind, icmp, quoted);
        Icmpv6.mtu(answer, icmp, mtuBytes);
        long pseudoSum =
                Checksum.pseudoSum(
                        /* sourceHigh= */ packet.destinationHigh(),
                        /* sourceLow= */ packet.destinationLow(),
                        /* destinationHigh= */ packet.sourceHigh(),
                        /* destinationLow= */ packet.sourceLow(),
                        IpProtocol.ICMPV6,
                        payload);
        Icmpv6.checksum(answer, icmp, Checksum.ofTransport(answer, icmp, payload, pseudoSum));
        return Ipv6.HEADER_BYTES + payload;
    }

    /// All but what differs between the families: the MTU and the checksum, which is 0 here.
    private void writeIcmp(PacketView packet, IcmpAnswer kind, long icmp, int quoted) {
        Icmp.type(answer, icmp, kind.type(packet.isIpv6()));
        Icmp.code(answer, icmp, kind.code(packet.isIpv6()));
        Icmp.checksum(answer, icmp, 0);
        Icmp.identifier(answer, icmp, 0);
        Icmp.sequence(answer, icmp, 0);
        MemorySegment.copy(packet.frame(), packet.ip(), answer, icmp + Icmp.HEADER_BYTES, quoted);
    }
}
