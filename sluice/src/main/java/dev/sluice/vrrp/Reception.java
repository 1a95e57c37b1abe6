package dev.sluice.vrrp;

import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;
import dev.sluice.wire.Checksum;
import dev.sluice.wire.Family;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// The checks between the wire and the machine (RFC 9568 §7.1, and those of version 2), in
/// keepalived's order and with its words.
public final class Reception {

    /// What an IP packet turned out to be.
    public sealed interface Judgement {

        record Accepted(
                Address source, Advertisement advertisement, ChecksumForm checksum, long sequence)
                implements Judgement {}

        /// Not for the machine.
        ///
        /// @param reason names what was expected and what came
        record Rejected(Address source, Rejection rejection, String reason) implements Judgement {}
    }

    private Reception() {}

    /// The VRID in an IP packet, by which the router is found that it concerns; -1 when there is
    /// none.
    public static int routerId(MemorySegment frame, long ip, int length) {
        long message = message(frame, ip, length);
        return message < 0 ? -1 : Advertisement.routerId(frame, message);
    }

    /// Who sent it, of a packet that has a VRID.
    public static Address source(MemorySegment frame, long ip) {
        return isIpv6(frame, ip)
                ? Address.ipv6(Ipv6.sourceHigh(frame, ip), Ipv6.sourceLow(frame, ip))
                : Address.ipv4((int) Ipv4.source(frame, ip));
    }

    /// Judges an IP packet that has a router's VRID.
    ///
    /// @param trusted whose addresses need not be compared again, or null
    public static Judgement judge(
            RouterSettings settings,
            MemorySegment frame,
            long ip,
            int length,
            @Nullable Address trusted) {
        return new Packet(settings, frame, ip, length).judge(trusted);
    }

    /// Where the message begins in an IP packet of protocol 112 or 51; -1 when it does not.
    private static long message(MemorySegment frame, long ip, int length) {
        if (length < Ipv4.HEADER_BYTES) {
            return -1;
        }
        if (isIpv6(frame, ip)) {
            boolean whole = length >= Ipv6.HEADER_BYTES + Advertisement.HEADER_BYTES;
            return whole && Ipv6.nextHeader(frame, ip) == IpProtocol.VRRP
                    ? ip + Ipv6.HEADER_BYTES
                    : -1;
        }
        int header = Ipv4.headerLength(frame, ip);
        if (Ipv4.version(frame, ip) != 4 || header < Ipv4.HEADER_BYTES) {
            return -1;
        }
        int protocol = Ipv4.protocol(frame, ip);
        if (protocol == IpProtocol.AH) {
            if (!AuthenticationHeader.isWellFormed(
                    clip(frame, ip, length), header, length - header)) {
                return -1;
            }
            header += AuthenticationHeader.BYTES;
        } else if (protocol != IpProtocol.VRRP) {
            return -1;
        }
        return length >= header + Advertisement.HEADER_BYTES ? ip + header : -1;
    }

    private static MemorySegment clip(MemorySegment frame, long ip, int length) {
        return frame.asSlice(ip, length);
    }

    private static boolean isIpv6(MemorySegment frame, long ip) {
        return Ipv4.version(frame, ip) == 6;
    }

    /// One packet on its way through the checks.
    private static final class Packet {

        private final RouterSettings settings;
        private final MemorySegment frame;
        private final long ip;
        private final int length;
        private final long message;
        private final int messageBytes;
        private final boolean isIpv6;
        private final Address source;
        private final Address destination;

        Packet(RouterSettings settings, MemorySegment frame, long ip, int length) {
            this.settings = settings;
            this.frame = frame;
            this.ip = ip;
            this.length = length;
            message = message(frame, ip, length);
            if (message < 0) {
                throw new IllegalArgumentException("a packet without VRID");
            }
            messageBytes = (int) (ip + length - message);
            isIpv6 = isIpv6(frame, ip);
            source = source(frame, ip);
            destination =
                    isIpv6
                            ? Address.ipv6(
                                    Ipv6.destinationHigh(frame, ip), Ipv6.destinationLow(frame, ip))
                            : Address.ipv4((int) Ipv4.destination(frame, ip));
        }

        Judgement judge(@Nullable Address trusted) {
            int version = Advertisement.version(frame, message);
            boolean isVersion2 = version == Advertisement.VERSION_2;
            boolean hasHeader = !isIpv6 && Ipv4.protocol(frame, ip) == IpProtocol.AH;
            boolean wantsHeader = settings.authentication() instanceof Authentication.Header;
            if (hasHeader != wantsHeader) {
                return rejected(
                        Rejection.AUTHENTICATION_TYPE,
                        hasHeader
                                ? "Received AH header but auth type not AH"
                                : "No AH header but auth type is AH");
            }
            int count = Advertisement.addressCount(frame, message);
            int expected = Advertisement.bytes(settings.version(), count, settings.family());
            if (messageBytes != expected && version == settings.version()) {
                return rejected(
                        Rejection.LENGTH,
                        "vrrp packet too "
                                + (messageBytes > expected ? "long" : "short")
                                + ", length "
                                + messageBytes
                                + " and expect "
                                + expected);
            }
            // RFC 9568 §7.1: MUST verify that the IPv4 TTL / IPv6 Hop Limit is 255.
            int ttl = isIpv6 ? Ipv6.hopLimit(frame, ip) : Ipv4.ttl(frame, ip);
            if (!settings.isUnicast() && ttl != AdvertisementPacket.MAX_TTL) {
                return rejected(
                        Rejection.TTL, "invalid TTL/HL. Received " + ttl + " and expect 255");
            }
            // MUST verify that the VRRP version is 3 (or, as configured, 2).
            if (version != settings.version()) {
                return rejected(
                        Rejection.VERSION,
                        "wrong version. Received " + version + " and expect " + settings.version());
            }
            if (isVersion2) {
                Judgement refused = authenticate();
                if (refused != null) {
                    return refused;
                }
            }
            // RFC 3768 §7.1: MUST verify that the Adver Interval is the same as the locally
            // configured one. Version 3 learns it, but none at all would mean "always down".
            int interval = Advertisement.intervalCentis(frame, message);
            if (isVersion2 ? interval != settings.intervalCentis() : interval == 0) {
                return rejected(
                        Rejection.INTERVAL,
                        "advertisement interval mismatch mine="
                                + seconds(settings.intervalCentis())
                                + " sec rcv'd="
                                + seconds(interval)
                                + " sec");
            }
            int type = Advertisement.type(frame, message);
            if (type != Advertisement.TYPE) {
                return rejected(Rejection.TYPE, "Invalid packet type. " + type + " and expect 1");
            }
            boolean compares = settings.comparesAddresses() || !source.equals(trusted);
            if (compares && count != settings.addresses().size()) {
                return rejected(
                        Rejection.ADDRESS_COUNT,
                        "received an unexpected ip number count "
                                + count
                                + ", expected "
                                + settings.addresses().size()
                                + "!");
            }
            int told = isIpv6 ? length : Ipv4.totalLength(frame, ip);
            if (told != length) {
                return rejected(
                        Rejection.LENGTH,
                        "ip_tot_len mismatch against received length. "
                                + told
                                + " and received "
                                + length);
            }
            ChecksumForm form = checksumForm(version);
            if (form == null) {
                return rejected(Rejection.CHECKSUM, "Invalid VRRPv" + version + " checksum");
            }
            boolean isMulticast = AdvertisementPacket.isMulticast(destination);
            if (isMulticast == settings.isUnicast()) {
                return rejected(
                        Rejection.DESTINATION,
                        isMulticast
                                ? "Expected unicast packet but received multicast packet"
                                : "Expected multicast packet but received unicast packet");
            }
            Advertisement advertisement =
                    Advertisement.parse(frame, message, messageBytes, source.family());
            if (advertisement == null) {
                throw new AssertionError("what passed the checks is an advertisement");
            }
            if (compares) {
                for (Address own : settings.addresses()) {
                    if (!advertisement.addresses().contains(own)) {
                        return rejected(
                                Rejection.ADDRESSES,
                                "ip address associated with VRID "
                                        + settings.routerId()
                                        + " not present in MASTER advert : "
                                        + own);
                    }
                }
            }
            Judgement stranger = settings.isUnicast() ? checkPeer(ttl) : null;
            if (stranger != null) {
                return stranger;
            }
            long sequence =
                    hasHeader
                            ? AuthenticationHeader.sequence(
                                    frame, ip + Ipv4.headerLength(frame, ip))
                            : 0;
            return new Judgement.Accepted(source, advertisement, form, sequence);
        }

        private @Nullable Judgement authenticate() {
            int type = Advertisement.authenticationType(frame, message);
            Authentication ours = settings.authentication();
            if (type > 2) {
                return rejected(Rejection.AUTHENTICATION_UNKNOWN, "Invalid auth type: " + type);
            }
            if (type != ours.type()) {
                return rejected(
                        Rejection.AUTHENTICATION_TYPE,
                        "received a " + type + " auth, expecting " + ours.type() + "!");
            }
            return switch (ours) {
                case Authentication.None _ -> null;
                case Authentication.Password(long password) -> {
                    long at = message + messageBytes - Advertisement.AUTHENTICATION_BYTES;
                    yield Bytes.u64(frame, at) == password
                            ? null
                            : rejected(
                                    Rejection.AUTHENTICATION_FAILED, "received an invalid passwd!");
                }
                case Authentication.Header(long key) -> {
                    boolean isUnicast = !AdvertisementPacket.isMulticast(destination);
                    yield AuthenticationHeader.isGenuine(frame, ip, length, key, isUnicast)
                            ? null
                            : rejected(Rejection.AUTHENTICATION_FAILED, "IPSEC-AH : invalid ICV");
                }
            };
        }

        /// Null when the checksum is right in no form.
        private @Nullable ChecksumForm checksumForm(int version) {
            for (ChecksumForm form : ChecksumForm.values()) {
                boolean isPossible =
                        form == ChecksumForm.PSEUDO_HEADER
                                || !isIpv6 && version == Advertisement.VERSION_3;
                long pseudo =
                        AdvertisementPacket.pseudoSum(
                                version, form, source, destination, messageBytes);
                if (isPossible && Checksum.ofTransport(frame, message, messageBytes, pseudo) == 0) {
                    return form;
                }
            }
            return null;
        }

        private @Nullable Judgement checkPeer(int ttl) {
            boolean checks = settings.checksPeers();
            for (RouterSettings.Peer peer : settings.peers()) {
                if (peer.address().equals(source)) {
                    return ttl >= peer.minTtl() && ttl <= peer.maxTtl()
                            ? null
                            : rejected(
                                    Rejection.PEER,
                                    "unicast TTL "
                                            + ttl
                                            + " is not within "
                                            + peer.minTtl()
                                            + "-"
                                            + peer.maxTtl());
                }
                checks |= peer.boundsTtl();
            }
            return checks
                    ? rejected(Rejection.PEER, "unicast source address is not a unicast peer")
                    : null;
        }

        private Judgement.Rejected rejected(Rejection rejection, String reason) {
            return new Judgement.Rejected(source, rejection, reason);
        }
    }

    /// `1`, `0.25`.
    static String seconds(int centis) {
        return centis % 100 == 0 ? String.valueOf(centis / 100) : String.valueOf(centis / 100.0);
    }

    /// The family of a packet that has a VRID.
    public static Family family(MemorySegment frame, long ip) {
        return isIpv6(frame, ip) ? Family.IPV6 : Family.IPV4;
    }
}
