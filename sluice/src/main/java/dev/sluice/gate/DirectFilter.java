package dev.sluice.gate;

import dev.sluice.ebpf.ClassicAssembler;
import dev.sluice.ebpf.ClassicAssembler.Ancillary;
import dev.sluice.ebpf.ClassicInstruction;
import dev.sluice.ebpf.Label;
import dev.sluice.gate.GateTables.Endpoint;
import dev.sluice.gate.layout.EndpointFlags;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.gate.layout.Roles;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// The gate's decision as one classic BPF program for cls_bpf: it answers -1 for frames that are
/// captured and 0 for those that pass.
///
/// Coarser than the eBPF gate, which it stands in for: whatever goes to a virtual address or comes
/// from a masqueraded real server as a fragment, as an ICMP error, or behind IPv6 extension headers
/// goes up. There are no maps, so the program holds the configuration itself and is written anew
/// with each change; it has room for about a hundred services with a real server each.
final class DirectFilter {

    private static final int CAPTURE = -1;
    private static final int PASS = 0;

    /// PACKET_HOST: sent to this machine's link address.
    private static final int TO_US = 0;

    private static final int NETWORK = Ethernet.HEADER_BYTES;
    private static final int IPV4_FRAGMENT = NETWORK + 6;
    private static final int IPV4_PROTOCOL = NETWORK + 9;
    private static final int IPV4_SOURCE = NETWORK + 12;
    private static final int IPV4_DESTINATION = NETWORK + 16;
    private static final int IPV6_PROTOCOL = NETWORK + 6;
    private static final int IPV6_SOURCE = NETWORK + 8;
    private static final int IPV6_DESTINATION = NETWORK + 24;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int ICMP_HEADER_BYTES = 8;

    /// More-fragments bit and offset.
    private static final int ANY_FRAGMENT = 0x3fff;

    private final ClassicAssembler code = new ClassicAssembler();
    private final Label capture = new Label("capture");
    private final Label pass = new Label("pass");
    private final Map<Endpoint, Integer> endpoints;
    private final Map<Address, Integer> roles;
    private final Set<Address> locals;

    private DirectFilter(GateTables tables, Set<Address> locals) {
        endpoints = tables.endpoints();
        roles = tables.roles();
        this.locals = locals;
    }

    /// The program for these tables.
    ///
    /// @param locals the director's own addresses, virtual ones too
    static List<ClassicInstruction> of(GateTables tables, Set<Address> locals) {
        return new DirectFilter(tables, locals).assemble();
    }

    private List<ClassicInstruction> assemble() {
        Label ipv4 = new Label("ipv4");
        Label ipv6 = new Label("ipv6");
        code.load(Ancillary.MARK);
        code.ifEqual(Metadata.RETURN_MARK, pass);
        code.load(Ancillary.PACKET_TYPE);
        code.unlessEqual(TO_US, pass);
        code.load(Ancillary.VLAN_TAG_PRESENT);
        code.unlessEqual(0, pass);
        code.loadHalf(12);
        code.ifEqual(Ethernet.TYPE_IPV4, ipv4);
        code.ifEqual(Ethernet.TYPE_IPV6, ipv6);
        code.jump(pass);
        code.place(ipv4);
        family(false);
        code.place(ipv6);
        family(true);
        code.place(pass);
        code.returnConstant(PASS);
        code.place(capture);
        code.returnConstant(CAPTURE);
        return code.assemble();
    }

    /// Ends in a jump.
    private void family(boolean ipv6) {
        for (Map.Entry<Address, Integer> entry : roles.entrySet()) {
            Address address = entry.getKey();
            if (address.isIpv6() != ipv6) {
                continue;
            }
            if ((entry.getValue() & Roles.VIRTUAL) != 0) {
                Label other = new Label("not to " + address);
                unlessAddress(ipv6 ? IPV6_DESTINATION : IPV4_DESTINATION, address, other);
                endpoint(address, EndpointFlags.SERVICE | EndpointFlags.FTP_SERVICE, 2);
                code.place(other);
            }
        }
        Label toLocal = new Label("to a local address");
        passLocals(ipv6, toLocal);
        for (Map.Entry<Address, Integer> entry : roles.entrySet()) {
            Address address = entry.getKey();
            if (address.isIpv6() == ipv6 && (entry.getValue() & Roles.REPLIER) != 0) {
                Label other = new Label("not from " + address);
                unlessAddress(ipv6 ? IPV6_SOURCE : IPV4_SOURCE, address, other);
                endpoint(address, EndpointFlags.SERVER | EndpointFlags.FTP_SERVER, 0);
                code.place(other);
            }
        }
        // Last: a packet too short for what is read here passes.
        quotedServers(ipv6);
        code.jump(pass);
        code.place(toLocal);
        quotedTunnels(ipv6);
        code.jump(pass);
    }

    /// Errors about a client's packet to a masqueraded real server, from whichever router.
    private void quotedServers(boolean ipv6) {
        Label other = new Label("no icmp error");
        unlessIcmpError(ipv6, other);
        for (Map.Entry<Address, Integer> entry : roles.entrySet()) {
            Address address = entry.getKey();
            if (address.isIpv6() == ipv6 && (entry.getValue() & Roles.REPLIER) != 0) {
                Label next = new Label("does not quote " + address);
                unlessQuoted(address, next);
                code.jump(capture);
                code.place(next);
            }
        }
        code.place(other);
    }

    /// Errors about the director's own tunnel packets, which have no options.
    private void quotedTunnels(boolean ipv6) {
        Label other = new Label("no icmp error to a local address");
        unlessIcmpError(ipv6, other);
        int quote = NETWORK + ICMP_HEADER_BYTES;
        endpoints.forEach((endpoint, flags) -> {
            if (endpoint.address().isIpv6() == ipv6 && (flags & EndpointFlags.TUNNEL) != 0) {
                Label next = new Label("does not quote a tunnel to " + endpoint);
                unlessQuoted(endpoint.address(), next);
                code.loadByteAtX(quote + (ipv6 ? Ipv6.NEXT_HEADER : Ipv4.PROTOCOL));
                code.unlessEqual(endpoint.protocol(), next);
                if (endpoint.protocol() == IpProtocol.UDP) {
                    int udp = quote + (ipv6 ? Ipv6.HEADER_BYTES : Ipv4.HEADER_BYTES);
                    code.loadHalfAtX(udp + 2);
                    code.unlessEqual(endpoint.port(), next);
                }
                code.jump(capture);
                code.place(next);
            }
        });
        code.place(other);
    }

    private void unlessQuoted(Address address, Label otherwise) {
        int destination = address.isIpv6() ? Ipv6.DESTINATION : Ipv4.DESTINATION;
        byte[] bytes = address.bytes();
        for (int word = 0; word < bytes.length; word += 4) {
            code.loadWordAtX(NETWORK + ICMP_HEADER_BYTES + destination + word);
            code.unlessEqual(word(bytes, word), otherwise);
        }
    }

    /// X becomes the length of the IP header.
    private void unlessIcmpError(boolean ipv6, Label otherwise) {
        code.loadByte(ipv6 ? IPV6_PROTOCOL : IPV4_PROTOCOL);
        code.unlessEqual(ipv6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP, otherwise);
        if (ipv6) {
            code.loadXConstant(IPV6_HEADER_BYTES);
        } else {
            code.loadXIpv4HeaderLength(NETWORK);
        }
        unlessError(ipv6, otherwise);
    }

    /// X holds the length of the IP header. Types are those of [dev.sluice.wire.PacketView].
    private void unlessError(boolean ipv6, Label otherwise) {
        code.loadByteAtX(NETWORK);
        if (ipv6) {
            code.ifAtLeast(128, otherwise);
            return;
        }
        Label error = new Label("icmp error");
        code.ifEqual(3, error);
        code.ifEqual(4, error);
        code.unlessEqual(11, otherwise);
        code.place(error);
    }

    /// What goes to this machine itself and to no service: answers to its own questions, but for
    /// errors about its tunnel packets.
    private void passLocals(boolean ipv6, Label toLocal) {
        for (Address local : locals) {
            boolean virtual = (roles.getOrDefault(local, 0) & Roles.VIRTUAL) != 0;
            if (local.isIpv6() == ipv6 && !virtual) {
                Label other = new Label("not to local " + local);
                unlessAddress(ipv6 ? IPV6_DESTINATION : IPV4_DESTINATION, local, other);
                code.jump(toLocal);
                code.place(other);
            }
        }
    }

    private void unlessAddress(int offset, Address address, Label otherwise) {
        byte[] bytes = address.bytes();
        for (int word = 0; word < bytes.length; word += 4) {
            code.loadWord(offset + word);
            code.unlessEqual(word(bytes, word), otherwise);
        }
    }

    /// The address matched; its ports decide. Falls through when none does.
    ///
    /// @param flags of endpoints that count
    /// @param portOffset of the port in the transport header
    private void endpoint(Address address, int flags, int portOffset) {
        Label ports = new Label("ports of " + address);
        Label none = new Label("no port of " + address);
        if (address.isIpv6()) {
            code.loadByte(IPV6_PROTOCOL);
            code.ifEqual(IpProtocol.TCP, ports);
            code.ifEqual(IpProtocol.UDP, ports);
            code.ifEqual(IpProtocol.SCTP, ports);
            code.unlessEqual(IpProtocol.ICMPV6, capture); // extension headers, fragments
            code.loadXConstant(IPV6_HEADER_BYTES);
        } else {
            code.loadHalf(IPV4_FRAGMENT);
            code.ifAnyBit(ANY_FRAGMENT, capture);
            code.loadXIpv4HeaderLength(NETWORK);
            code.loadByte(IPV4_PROTOCOL);
            if (hasKeyExchange(address, flags)) {
                code.ifEqual(IpProtocol.ESP, capture);
                code.ifEqual(IpProtocol.AH, capture);
            }
            code.unlessEqual(IpProtocol.ICMP, ports);
        }
        unlessError(address.isIpv6(), none);
        code.jump(capture);
        code.place(ports);
        if (address.isIpv6()) {
            code.loadXConstant(IPV6_HEADER_BYTES);
        }
        endpoints.forEach((endpoint, present) -> {
            if (endpoint.address().equals(address) && (present & flags) != 0) {
                unlessPort(endpoint, portOffset);
            }
        });
        code.place(none);
    }

    /// AH and ESP go with it.
    private boolean hasKeyExchange(Address address, int flags) {
        return Stream.of(EndpointFlags.EXCHANGE_PORT, 0)
                .map(port -> endpoints.get(new Endpoint(address, port, IpProtocol.UDP)))
                .anyMatch(present -> present != null && (present & flags) != 0);
    }

    private void unlessPort(Endpoint endpoint, int portOffset) {
        Label next = new Label("not " + endpoint);
        code.loadByte(endpoint.address().isIpv6() ? IPV6_PROTOCOL : IPV4_PROTOCOL);
        code.unlessEqual(endpoint.protocol(), next);
        if (endpoint.port() != 0) {
            code.loadHalfAtX(NETWORK + portOffset);
            code.unlessEqual(endpoint.port(), next);
        }
        code.jump(capture);
        code.place(next);
    }

    private static int word(byte[] bytes, int at) {
        return bytes[at] << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | bytes[at + 3] & 0xff;
    }
}
