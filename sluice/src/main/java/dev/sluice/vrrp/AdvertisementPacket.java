package dev.sluice.vrrp;

import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;
import dev.sluice.wire.Checksum;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;

import java.lang.foreign.MemorySegment;

/// The IP packet around an advertisement, on its way out.
///
/// @param ttl 255 for multicast: a receiver thereby knows that no router passed it on
/// @param id of IPv4
/// @param sequence of the [AuthenticationHeader], 0 without one
public record AdvertisementPacket(
        Address source,
        Address destination,
        int ttl,
        int id,
        ChecksumForm checksum,
        Authentication authentication,
        long sequence,
        Advertisement advertisement) {

    /// `224.0.0.18`.
    public static final Address GROUP_IPV4 = Address.ipv4(0xe000_0012);

    /// `ff02::12`.
    public static final Address GROUP_IPV6 = Address.ipv6(0xff02_0000_0000_0000L, 0x12);

    public static final int MAX_TTL = 255;

    public static final int MAX_BYTES = Ipv6.HEADER_BYTES + Advertisement.MAX_BYTES;

    /// Network control: before everything else.
    private static final int TRAFFIC_CLASS = 0xc0;

    /// Writes the packet.
    ///
    /// @return its length, at most [#MAX_BYTES]
    public int emit(MemorySegment frame, long ip) {
        return destination.isIpv6() ? emitIpv6(frame, ip) : emitIpv4(frame, ip);
    }

    private int emitIpv4(MemorySegment frame, long ip) {
        boolean withHeader = authentication instanceof Authentication.Header;
        int before = Ipv4.HEADER_BYTES + (withHeader ? AuthenticationHeader.BYTES : 0);
        int length = before + emitMessage(frame, ip + before);
        Ipv4.headerLength(frame, ip, Ipv4.HEADER_BYTES);
        Ipv4.tos(frame, ip, TRAFFIC_CLASS);
        Ipv4.totalLength(frame, ip, length);
        Ipv4.id(frame, ip, id);
        Ipv4.fragmentWord(frame, ip, 0);
        Ipv4.ttl(frame, ip, ttl);
        Ipv4.protocol(frame, ip, withHeader ? IpProtocol.AH : IpProtocol.VRRP);
        Ipv4.source(frame, ip, source.low());
        Ipv4.destination(frame, ip, destination.low());
        Ipv4.fillChecksum(frame, ip);
        if (authentication instanceof Authentication.Header(long key)) {
            AuthenticationHeader.emit(frame, ip, length, sequence, key, !isMulticast(destination));
        }
        return length;
    }

    private int emitIpv6(MemorySegment frame, long ip) {
        int length = emitMessage(frame, ip + Ipv6.HEADER_BYTES);
        Ipv6.firstWord(frame, ip, TRAFFIC_CLASS, 0);
        Ipv6.payloadLength(frame, ip, length);
        Ipv6.nextHeader(frame, ip, IpProtocol.VRRP);
        Ipv6.hopLimit(frame, ip, ttl);
        Ipv6.source(frame, ip, source.high(), source.low());
        Ipv6.destination(frame, ip, destination.high(), destination.low());
        return Ipv6.HEADER_BYTES + length;
    }

    private int emitMessage(MemorySegment frame, long message) {
        int length = advertisement.emit(frame, message);
        long pseudo = pseudoSum(advertisement.version(), checksum, source, destination, length);
        Bytes.u16(
                frame,
                message + Advertisement.CHECKSUM,
                Checksum.ofTransport(frame, message, length, pseudo));
        return length;
    }

    /// What is added to the sum of the message itself.
    static long pseudoSum(
            int version, ChecksumForm form, Address source, Address destination, int length) {
        // RFC 3768 §5.3.8: version 2 sums up the VRRP message only.
        if (version == Advertisement.VERSION_2) {
            return 0;
        }
        if (!source.isIpv6() && form == ChecksumForm.MESSAGE_ONLY) {
            return 0;
        }
        boolean old = !source.isIpv6() && form == ChecksumForm.OLD_UNICAST;
        Address summed = old ? GROUP_IPV4 : destination;
        return Checksum.pseudoSum(
                source.high(), source.low(), summed.high(), summed.low(), IpProtocol.VRRP, length);
    }

    static boolean isMulticast(Address address) {
        return address.isIpv6() ? address.high() >>> 56 == 0xff : address.low() >>> 28 == 0xe;
    }
}
