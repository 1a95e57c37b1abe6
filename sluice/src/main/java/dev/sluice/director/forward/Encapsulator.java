package dev.sluice.director.forward;

import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.RealServer;
import dev.sluice.wire.Address;
import dev.sluice.wire.Checksum;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Flow;
import dev.sluice.wire.Gre;
import dev.sluice.wire.Gue;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv4Fragmenter;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.Ipv6Fragmenter;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;
import dev.sluice.wire.Segmenter;
import dev.sluice.wire.Udp;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Wraps packets for a [Tunnel], in front of where they lie:
///
/// ```
///  IPIP  │ outer IP │ inner packet
///  GUE   │ outer IP │ UDP 8 │ GUE 4 │ inner packet
///  GRE   │ outer IP │ GRE 4 or 8    │ inner packet
/// ```
///
/// The outer header copies time to live and type of service, and DF where path MTU discovery is on
/// (ipvs.md §7.5). A super-packet is cut before it is wrapped: neither virtio's header nor the
/// kernel's packet socket has a word for one inside a tunnel.
///
/// One for each director.
final class Encapsulator {

    /// The kernel's usual range of local ports, from which the source port of GUE is taken.
    private static final int FIRST_PORT = 32768;

    private static final int PORTS = 60999 - FIRST_PORT + 1;

    private static final int LONGEST_PACKET = 65535;
    private static final int ECN = 0x03;
    private static final int CONGESTION = 0x03;
    private static final int ECN_CAPABLE = 0x02;

    private final Paths paths;
    private final Outbox outbox;
    private final Segmenter segmenter = new Segmenter();
    private final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();
    private final Ipv6Fragmenter fragmenter6 = new Ipv6Fragmenter();
    private final PacketView scratch = new PacketView();
    private final MemorySegment piece = MemorySegment.ofArray(new byte[LONGEST_PACKET]);
    private final long key;
    private int lastId;

    /// This machine's own address on what is being sent, the same for all its pieces.
    private Address from = Address.ANY_IPV4;

    /// @param key secret, so that nobody can guess which flows share a source port; also where
    ///   identifications begin
    Encapsulator(Paths paths, Outbox outbox, long key) {
        this.paths = paths;
        this.outbox = outbox;
        this.key = key;
        lastId = (int) (key >>> 16);
    }

    /// Wraps a packet that can go, and tells the transmission what leaves. All of a super-packet
    /// but its last piece goes through the [Outbox], before that.
    void send(PacketView packet, RealServer server, Transmission transmission) {
        boolean heedsDontFragment = Tunnel.TUNNEL.heedsDontFragment(packet, transmission.policy());
        boolean dontFragment = !packet.isIpv6() && packet.dontFragment() && heedsDontFragment;
        int overhead = Tunnel.TUNNEL.overheadBytes(server);
        Address to = server.address();
        from =
                Objects.requireNonNull(
                        paths.source(to.isIpv6(), to.high(), to.low()), "asked for by the path");
        if (packet.gsoSize() > 0 && packet.hasPorts()) {
            cut(packet, server, overhead, dontFragment, transmission);
        }
        if (packet.isChecksumPartial() && mustBeComplete(server, transmission)) {
            Rewrite.fillChecksum(packet);
        }
        wrap(packet.frame(), packet.ip(), packet.length(), packet, server, dontFragment);
        transmission.leavesAs(
                packet.ip() - overhead, packet.length() + overhead, server.address().isIpv6());
    }

    /// Whether nobody can complete the inner checksum later: the tunnel's own covers it, or it
    /// would be spread over fragments.
    private static boolean mustBeComplete(RealServer server, Transmission transmission) {
        return server.encapsulation().hasChecksum() || transmission.fragmentBytes() > 0;
    }

    private void cut(
            PacketView packet,
            RealServer server,
            int overhead,
            boolean dontFragment,
            Transmission transmission) {
        int size = packet.gsoSize();
        int mtuBytes = transmission.fragmentBytes();
        if (mtuBytes > 0 && packet.protocol() == IpProtocol.TCP) {
            // Where a segment ends is nobody's business, so shorter ones go instead of fragments.
            int headers = packet.length() - packet.payloadLength();
            int room = mtuBytes - overhead - headers;
            if (room > 0) {
                size = Math.min(size, room);
                mtuBytes = 0;
                transmission.leavesWhole();
            }
        }
        segmenter.start(packet, size);
        boolean ipv6 = server.address().isIpv6();
        int pieceBytes = packet.length() - packet.payloadLength() + size;
        boolean inFragments = mtuBytes > 0 && overhead + pieceBytes > mtuBytes;
        while (segmenter.hasMoreThanOne()) {
            // Fragments take room of their own, so what they are cut from lies elsewhere.
            long start = inFragments ? 0 : outbox.room(overhead + pieceBytes);
            MemorySegment memory = inFragments ? piece : outbox.memory();
            int bytes = segmenter.next(memory, start + overhead);
            wrap(memory, start + overhead, bytes, packet, server, dontFragment);
            if (inFragments) {
                sendInFragments(transmission.path(), overhead + bytes, ipv6, mtuBytes);
            } else {
                outbox.send(transmission.path(), start, overhead + bytes, ipv6);
            }
        }
        segmenter.lastInPlace();
        if (transmission.fragmentBytes() >= packet.length() + overhead) {
            transmission.leavesWhole();
        }
    }

    private void sendInFragments(Path path, int bytes, boolean ipv6, int mtuBytes) {
        if (ipv6) {
            fragmenter6.start(piece, 0, bytes, mtuBytes, ++lastId);
        } else {
            scratch.parse(piece, 0, bytes); // well-formed: made here
            fragmenter.start(scratch, mtuBytes);
        }
        while (true) {
            long at = outbox.room(mtuBytes);
            MemorySegment memory = outbox.memory();
            int length = ipv6 ? fragmenter6.next(memory, at) : fragmenter.next(memory, at);
            if (length == 0) {
                return;
            }
            outbox.send(path, at, length, ipv6);
        }
    }

    /// Writes the outer headers in front of an inner packet.
    ///
    /// @param facts of the inner packet or of the super-packet it was cut from
    private void wrap(
            MemorySegment frame,
            long inner,
            int bytes,
            PacketView facts,
            RealServer server,
            boolean dontFragment) {
        boolean innerIpv6 = facts.isIpv6();
        int protocol = innerIpv6 ? IpProtocol.IPV6 : IpProtocol.IPV4;
        Encapsulation encapsulation = server.encapsulation();
        boolean checksum = encapsulation.hasChecksum();
        Address to = server.address();
        switch (encapsulation.type()) {
            case IPIP -> writeIp(frame, inner, bytes, protocol, from, to, facts, dontFragment);
            case GRE -> {
                int header = checksum ? Gre.LONG_HEADER_BYTES : Gre.HEADER_BYTES;
                long gre = inner - header;
                int type = innerIpv6 ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4;
                Gre.write(frame, gre, type, checksum, bytes);
                int length = header + bytes;
                writeIp(frame, gre, length, IpProtocol.GRE, from, to, facts, dontFragment);
            }
            case GUE -> {
                Gue.write(frame, inner - Gue.HEADER_BYTES, protocol);
                long udp = inner - Gue.HEADER_BYTES - Udp.HEADER_BYTES;
                int length = Udp.HEADER_BYTES + Gue.HEADER_BYTES + bytes;
                Udp.sourcePort(frame, udp, sourcePort(facts.flow()));
                Udp.destinationPort(frame, udp, encapsulation.port());
                Udp.length(frame, udp, length);
                Udp.checksum(frame, udp, 0);
                if (checksum) {
                    Udp.computedChecksum(frame, udp, udpChecksum(frame, udp, length, from, to));
                }
                writeIp(frame, udp, length, IpProtocol.UDP, from, to, facts, dontFragment);
            }
        }
    }

    private static int udpChecksum(
            MemorySegment frame, long udp, int length, Address from, Address to) {
        long pseudoSum =
                Checksum.pseudoSum(
                        from.high(), from.low(), to.high(), to.low(), IpProtocol.UDP, length);
        return Checksum.ofTransport(frame, udp, length, pseudoSum);
    }

    private void writeIp(
            MemorySegment frame,
            long body,
            int bytes,
            int protocol,
            Address from,
            Address to,
            PacketView facts,
            boolean dontFragment) {
        int tos = facts.trafficClass();
        if ((tos & ECN) == CONGESTION) {
            // The real server must not take it for congestion inside the tunnel (RFC 3168 §9.1).
            tos = tos & ~ECN | ECN_CAPABLE;
        }
        if (to.isIpv6()) {
            long ip = body - Ipv6.HEADER_BYTES;
            Ipv6.firstWord(frame, ip, tos, /* flowLabel= */ 0);
            Ipv6.payloadLength(frame, ip, bytes);
            Ipv6.nextHeader(frame, ip, protocol);
            Ipv6.hopLimit(frame, ip, facts.ttl());
            Ipv6.source(frame, ip, from.high(), from.low());
            Ipv6.destination(frame, ip, to.high(), to.low());
            return;
        }
        long ip = body - Ipv4.HEADER_BYTES;
        Ipv4.headerLength(frame, ip, Ipv4.HEADER_BYTES);
        Ipv4.tos(frame, ip, tos);
        Ipv4.totalLength(frame, ip, Ipv4.HEADER_BYTES + bytes);
        Ipv4.id(frame, ip, dontFragment ? 0 : ++lastId & 0xffff);
        Ipv4.fragmentWord(frame, ip, dontFragment ? Ipv4.DONT_FRAGMENT : 0);
        Ipv4.ttl(frame, ip, facts.ttl());
        Ipv4.protocol(frame, ip, protocol);
        Ipv4.source(frame, ip, from.low());
        Ipv4.destination(frame, ip, to.low());
        Ipv4.fillChecksum(frame, ip);
    }

    /// The same for all packets of a flow, so that they stay in order on every path and queue.
    private int sourcePort(Flow flow) {
        long ports = (long) flow.sourcePort() << 16 | flow.destinationPort();
        long h = (flow.sourceHigh() ^ key) * 0x9E3779B97F4A7C15L;
        h = (h ^ h >>> 32 ^ flow.sourceLow()) * 0xC2B2AE3D27D4EB4FL;
        h = (h ^ h >>> 29 ^ flow.destinationHigh()) * 0x9E3779B97F4A7C15L;
        h = (h ^ h >>> 32 ^ flow.destinationLow()) * 0xC2B2AE3D27D4EB4FL;
        h = (h ^ h >>> 29 ^ ports << 8 ^ flow.protocol()) * 0x9E3779B97F4A7C15L;
        return FIRST_PORT + (int) ((h >>> 33) % PORTS);
    }
}
