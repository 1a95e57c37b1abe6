package dev.sluice.gate;

import static dev.sluice.gate.layout.EndpointFlags.EXCHANGE_PORT;
import static dev.sluice.gate.layout.EndpointFlags.FIRST_UNPRIVILEGED_PORT;
import static dev.sluice.gate.layout.EndpointFlags.FTP_DATA_PORT;
import static dev.sluice.gate.layout.EndpointFlags.FTP_SERVER;
import static dev.sluice.gate.layout.EndpointFlags.FTP_SERVICE;
import static dev.sluice.gate.layout.EndpointFlags.SERVER;
import static dev.sluice.gate.layout.EndpointFlags.SERVER_BY_ADDRESS;
import static dev.sluice.gate.layout.EndpointFlags.SERVICE;
import static dev.sluice.gate.layout.EndpointFlags.SERVICE_BY_ADDRESS;
import static dev.sluice.gate.layout.EndpointFlags.TUNNEL;
import static dev.sluice.gate.layout.Roles.LOCAL;
import static dev.sluice.gate.layout.Roles.REPLIER;
import static dev.sluice.gate.layout.Roles.VIRTUAL;

import dev.sluice.gate.GateTables.Endpoint;
import dev.sluice.gate.GateTables.Mark;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Icmp;
import dev.sluice.wire.Icmpv6;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Udp;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// The gate's decision in Java: the same rules as [Programs], written for reading. Tests hold the
/// two together; `explain` can ask it.
///
/// It is coarse on purpose. It looks at headers only as far as it needs them and trusts no length:
/// what could be ours goes up, where [PacketView] looks properly; what the bytes do not even reach
/// passes.
public final class Classifier {

    /// A decision, and for packets that go up whose they are.
    ///
    /// @param client the address that the packet is steered by
    /// @param port the client's port, 0 when the address alone decides
    public record Classification(Decision decision, Address client, int port) {}

    private static final Classification PASSED =
            new Classification(Decision.PASSED, Address.ANY_IPV4, 0);

    private final Map<Endpoint, Integer> endpoints;
    private final Map<Address, Integer> roles;
    private final Map<Mark, Integer> marks;

    /// @param locals the director's own addresses
    public Classifier(GateTables tables, Collection<Address> locals) {
        endpoints = tables.endpoints();
        marks = tables.marks();
        roles = new HashMap<>(tables.roles());
        locals.forEach(local -> roles.merge(local, LOCAL, (a, b) -> a | b));
    }

    /// Decides about a frame as it comes in: untagged, for this host.
    ///
    /// @param frame from the link header to the end
    public Classification classify(MemorySegment frame, int mark) {
        if (mark == Metadata.RETURN_MARK || frame.byteSize() < Ethernet.HEADER_BYTES) {
            return PASSED;
        }
        Header header = Header.read(frame);
        return header == null ? PASSED : classify(frame, header, mark);
    }

    private Classification classify(MemorySegment frame, Header header, int mark) {
        boolean balanced = IpProtocol.hasPorts(header.protocol);
        if (mark != 0 && (balanced || header.fragment)) {
            Integer flags = marks.get(new Mark(header.source.family(), mark));
            if (flags != null) {
                if (header.fragment || (flags & SERVICE_BY_ADDRESS) != 0) {
                    return new Classification(Decision.MARKED, header.source, 0);
                }
                return header.hasPorts(frame)
                        ? new Classification(
                                Decision.MARKED, header.source, header.sourcePort(frame))
                        : PASSED;
            }
        }
        int from = roles.getOrDefault(header.source, 0);
        int to = roles.getOrDefault(header.destination, 0);
        boolean toClient = (to & LOCAL) == 0 || (to & VIRTUAL) != 0;
        if (header.fragment) {
            return fragment(header, from, to, toClient);
        }
        if (header.protocol == header.icmpProtocol()) {
            return icmp(frame, header, from, to, toClient);
        }
        boolean ipsec = header.protocol == IpProtocol.ESP || header.protocol == IpProtocol.AH;
        if (!ipsec && (!balanced || !header.hasPorts(frame))) {
            return PASSED;
        }
        // They go with the key exchange.
        int protocol = ipsec ? IpProtocol.UDP : header.protocol;
        int sourcePort = ipsec ? EXCHANGE_PORT : header.sourcePort(frame);
        int destinationPort = ipsec ? EXCHANGE_PORT : header.destinationPort(frame);
        if ((to & VIRTUAL) != 0) {
            int service = find(header.destination, destinationPort, protocol, SERVICE, FTP_SERVICE);
            if (service != 0) {
                boolean byAddress = (service & SERVICE_BY_ADDRESS) != 0;
                return new Classification(
                        Decision.CLIENT, header.source, byAddress ? 0 : sourcePort);
            }
        }
        if ((from & REPLIER) != 0 && toClient) {
            int server = find(header.source, sourcePort, protocol, SERVER, FTP_SERVER);
            if (server != 0) {
                boolean byAddress = (server & SERVER_BY_ADDRESS) != 0;
                return new Classification(
                        Decision.SERVER, header.destination, byAddress ? 0 : destinationPort);
            }
        }
        return PASSED;
    }

    /// The flags of the endpoint that takes the port, or 0: its own, or the one for all ports.
    private int find(Address address, int port, int protocol, int wanted, int wantedForFtp) {
        int exact = endpoints.getOrDefault(new Endpoint(address, port, protocol), 0);
        if ((exact & wanted) != 0) {
            return exact;
        }
        int any = endpoints.getOrDefault(new Endpoint(address, 0, protocol), 0);
        if ((any & wanted) != 0) {
            return any;
        }
        boolean ftpData = port == FTP_DATA_PORT || port >= FIRST_UNPRIVILEGED_PORT;
        return (any & wantedForFtp) != 0 && ftpData ? any : 0;
    }

    /// Ports may be missing, so addresses decide. An extension header inside a fragment may hide
    /// any protocol.
    private static Classification fragment(Header header, int from, int to, boolean toClient) {
        boolean possible =
                switch (header.protocol) {
                    case IpProtocol.TCP,
                            IpProtocol.UDP,
                            IpProtocol.SCTP,
                            IpProtocol.ROUTING,
                            IpProtocol.AH,
                            IpProtocol.ESP,
                            IpProtocol.DESTINATION_OPTIONS ->
                            true;
                    default -> false;
                };
        if (possible && (to & VIRTUAL) != 0) {
            return new Classification(Decision.FRAGMENT, header.source, 0);
        }
        if (possible && (from & REPLIER) != 0 && toClient) {
            return new Classification(Decision.FRAGMENT, header.destination, 0);
        }
        return PASSED;
    }

    /// An error about a connection comes from the client's side, and quotes what the service sent;
    /// or from the real server's side, and quotes what it was sent, which in a tunnel was sent by
    /// the director.
    private Classification icmp(
            MemorySegment frame, Header header, int from, int to, boolean toClient) {
        long icmp = header.transport;
        if (icmp + 1 > frame.byteSize()) {
            return PASSED;
        }
        int type = Bytes.u8(frame, icmp);
        boolean error = header.isIpv6() ? Icmpv6.isError(type) : Icmp.isFlowError(type);
        if (!error) {
            return PASSED;
        }
        long quoted = icmp + Icmp.HEADER_BYTES;
        int addresses = header.isIpv6() ? 40 : 20; // where they end
        boolean hasQuote = quoted + addresses <= frame.byteSize();
        if ((to & VIRTUAL) != 0) {
            Address client = hasQuote ? header.destination(frame, quoted) : header.source;
            return new Classification(Decision.ICMP, client, 0);
        }
        if (!toClient) {
            return hasQuote && quotesTunnelPacket(frame, header, quoted)
                    ? new Classification(Decision.ICMP, header.destination(frame, quoted), 0)
                    : PASSED;
        }
        boolean quotesRequest =
                hasQuote
                        && (roles.getOrDefault(header.destination(frame, quoted), 0) & REPLIER)
                                != 0;
        if (quotesRequest || (from & REPLIER) != 0) {
            Address client = hasQuote ? header.source(frame, quoted) : header.destination;
            return new Classification(Decision.ICMP, client, 0);
        }
        return PASSED;
    }

    /// Whether the director wraps packets so for this destination. What it makes has no options.
    private boolean quotesTunnelPacket(MemorySegment frame, Header header, long quoted) {
        boolean ipv6 = header.isIpv6();
        int protocol = ipv6 ? Ipv6.nextHeader(frame, quoted) : Ipv4.protocol(frame, quoted);
        int port = 0;
        if (protocol == IpProtocol.UDP) {
            long udp = quoted + (ipv6 ? Ipv6.HEADER_BYTES : Ipv4.HEADER_BYTES);
            if (udp + 4 > frame.byteSize()) {
                return false;
            }
            port = Udp.destinationPort(frame, udp);
        }
        Endpoint end = new Endpoint(header.destination(frame, quoted), port, protocol);
        return (endpoints.getOrDefault(end, 0) & TUNNEL) != 0;
    }

    /// What is read of an IP header.
    private record Header(
            Address source, Address destination, int protocol, boolean fragment, long transport) {

        private static final int IPV4 = 4;
        private static final int IPV6 = 6;

        static @Nullable Header read(MemorySegment frame) {
            return switch (Ethernet.type(frame, 0)) {
                case Ethernet.TYPE_IPV4 -> readIpv4(frame);
                case Ethernet.TYPE_IPV6 -> readIpv6(frame);
                default -> null;
            };
        }

        private static @Nullable Header readIpv4(MemorySegment frame) {
            long ip = Ethernet.HEADER_BYTES;
            if (ip + Ipv4.HEADER_BYTES > frame.byteSize()
                    || Ipv4.version(frame, ip) != IPV4
                    || Ipv4.headerLength(frame, ip) < Ipv4.HEADER_BYTES) {
                return null;
            }
            int fragmentBits = Ipv4.MORE_FRAGMENTS | Ipv4.OFFSET_MASK;
            return new Header(
                    Address.ipv4((int) Ipv4.source(frame, ip)),
                    Address.ipv4((int) Ipv4.destination(frame, ip)),
                    Ipv4.protocol(frame, ip),
                    (Ipv4.fragmentWord(frame, ip) & fragmentBits) != 0,
                    ip + Ipv4.headerLength(frame, ip));
        }

        private static @Nullable Header readIpv6(MemorySegment frame) {
            long ip = Ethernet.HEADER_BYTES;
            if (ip + Ipv6.HEADER_BYTES > frame.byteSize() || Bytes.u8(frame, ip) >> 4 != IPV6) {
                return null;
            }
            int protocol = Ipv6.nextHeader(frame, ip);
            long at = ip + Ipv6.HEADER_BYTES;
            boolean fragment = false;
            for (int i = 0;
                    i < PacketView.MAX_EXTENSION_HEADERS
                            && IpProtocol.isExtension(protocol)
                            && !fragment;
                    i++) {
                if (at + Ipv6.FRAGMENT_HEADER_BYTES > frame.byteSize()) {
                    return null;
                }
                int length =
                        switch (protocol) {
                            case IpProtocol.FRAGMENT -> {
                                // One that is neither cut nor continued is a whole packet.
                                fragment =
                                        Ipv6.fragmentOffset(frame, at) != 0
                                                || Ipv6.moreFragments(frame, at);
                                yield Ipv6.FRAGMENT_HEADER_BYTES;
                            }
                            case IpProtocol.AH -> (Bytes.u8(frame, at + 1) + 2) * 4;
                            default -> (Bytes.u8(frame, at + 1) + 1) * 8;
                        };
                protocol = Bytes.u8(frame, at);
                at += length;
            }
            if (IpProtocol.isExtension(protocol) && !fragment) {
                return null;
            }
            return new Header(
                    Address.ipv6(Ipv6.sourceHigh(frame, ip), Ipv6.sourceLow(frame, ip)),
                    Address.ipv6(Ipv6.destinationHigh(frame, ip), Ipv6.destinationLow(frame, ip)),
                    protocol,
                    fragment,
                    at);
        }

        boolean isIpv6() {
            return source.isIpv6();
        }

        int icmpProtocol() {
            return isIpv6() ? IpProtocol.ICMPV6 : IpProtocol.ICMP;
        }

        boolean hasPorts(MemorySegment frame) {
            return transport + 4 <= frame.byteSize();
        }

        int sourcePort(MemorySegment frame) {
            return Bytes.u16(frame, transport);
        }

        int destinationPort(MemorySegment frame) {
            return Bytes.u16(frame, transport + 2);
        }

        /// Of another IP header of this family.
        Address source(MemorySegment frame, long ip) {
            return isIpv6()
                    ? Address.ipv6(Ipv6.sourceHigh(frame, ip), Ipv6.sourceLow(frame, ip))
                    : Address.ipv4((int) Ipv4.source(frame, ip));
        }

        Address destination(MemorySegment frame, long ip) {
            return isIpv6()
                    ? Address.ipv6(Ipv6.destinationHigh(frame, ip), Ipv6.destinationLow(frame, ip))
                    : Address.ipv4((int) Ipv4.destination(frame, ip));
        }
    }
}
