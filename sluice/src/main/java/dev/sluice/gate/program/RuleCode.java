package dev.sluice.gate.program;

import static dev.sluice.ebpf.Condition.ANY_BIT;
import static dev.sluice.ebpf.Condition.EQUAL;
import static dev.sluice.ebpf.Condition.GREATER_OR_EQUAL;
import static dev.sluice.ebpf.Condition.LESS;
import static dev.sluice.ebpf.Condition.NOT_EQUAL;
import static dev.sluice.ebpf.Register.R0;
import static dev.sluice.ebpf.Register.R1;
import static dev.sluice.ebpf.Register.R2;
import static dev.sluice.ebpf.Register.R3;
import static dev.sluice.ebpf.Register.R8;
import static dev.sluice.ebpf.Register.R9;
import static dev.sluice.ebpf.Size.BYTE;
import static dev.sluice.ebpf.Size.DOUBLE;
import static dev.sluice.ebpf.Size.HALF;
import static dev.sluice.ebpf.Size.WORD;
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
import static dev.sluice.gate.program.HeaderCode.TRANSPORT;

import dev.sluice.ebpf.Assembler;
import dev.sluice.ebpf.Label;
import dev.sluice.ebpf.Register;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.EndpointKey;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.MarkKey;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.gate.program.StackFrame.Slot;
import dev.sluice.net.bpf.SkBuff;
import dev.sluice.wire.Icmp;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;

/// Whether a packet, whose headers are read, goes up, and whose it is then. The rules are those of
/// `dev.sluice.gate.Classifier`, where they can be read in Java.
///
/// What goes up leaves three registers to [SteeringCode]: the decision, the client's address and
/// the client's port.
final class RuleCode {

    /// The roles of the packet's destination and of its source, while it is judged.
    private static final Register TO = R8;

    private static final Register FROM = R9;

    private static final int SOURCE_PORT = 0;
    private static final int DESTINATION_PORT = 2;

    private static final int ALL_ICMP_TYPES = 256;
    private static final int FIRST_ICMPV6_MESSAGE = 128;

    private final PacketCode packet;
    private final HeaderCode headers;
    private final Assembler code;
    private final Label up;
    private final Label pass;

    /// @param up where packets go that are ours
    /// @param pass where others go
    RuleCode(PacketCode packet, HeaderCode headers, Label up, Label pass) {
        this.packet = packet;
        this.headers = headers;
        this.code = packet.code;
        this.up = up;
        this.pass = pass;
    }

    /// Goes up when the packet's mark is that of a service.
    ///
    /// @param anyProtocol also for packets that have no ports
    void ifMarkIsAService(Decision decision, boolean anyProtocol) {
        Label possible = new Label("mark_possible");
        Label byAddress = new Label("mark_by_address");
        Label known = new Label("mark_known");
        Label none = new Label("mark_none");
        Label ported = new Label("mark_ported");
        code.load(WORD, R2, PacketCode.CONTEXT, SkBuff.MARK);
        code.branch(R2, EQUAL, 0, none);
        packet.store(WORD, GateFrame.MARK, MarkKey.MARK, R2);
        packet.load(BYTE, R2, GateFrame.SOURCE, EndpointKey.FAMILY);
        packet.store(WORD, GateFrame.MARK, MarkKey.FAMILY, R2);
        if (!anyProtocol) {
            packet.load(DOUBLE, R2, GateFrame.IS_FRAGMENT, 0);
            code.branch(R2, NOT_EQUAL, 0, possible);
            packet.load(DOUBLE, R2, GateFrame.PROTOCOL, 0);
            ifPorts(possible);
            code.jump(none);
            code.place(possible);
        }
        packet.lookup(Maps.MARKS, GateFrame.MARK);
        code.branch(R0, EQUAL, 0, none);
        code.load(WORD, R1, R0, 0);
        code.branch(R1, ANY_BIT, SERVICE_BY_ADDRESS, byAddress);
        packet.load(DOUBLE, R2, GateFrame.IS_FRAGMENT, 0);
        code.branch(R2, NOT_EQUAL, 0, byAddress);
        packet.load(DOUBLE, R2, GateFrame.PROTOCOL, 0);
        ifPorts(ported);
        code.jump(byAddress);
        code.place(ported);
        loadPorts();
        clientPort(SOURCE_PORT);
        code.jump(known);
        code.place(byAddress);
        byAddress();
        code.place(known);
        goUp(decision, GateFrame.SOURCE);
        code.place(none);
    }

    /// Goes to `up` or `pass`.
    void classify() {
        Label fragment = new Label("fragment");
        Label icmp = new Label("icmp");
        Label notIcmp6 = new Label("not_icmp6");
        Label notIcmp = new Label("not_icmp");
        Label ported = new Label("ported");
        Label ipsec = new Label("ipsec");
        Label endpoints = new Label("endpoints");
        loadRoles(GateFrame.DESTINATION, TO);
        loadRoles(GateFrame.SOURCE, FROM);
        packet.load(DOUBLE, R2, GateFrame.IS_FRAGMENT, 0);
        code.branch(R2, NOT_EQUAL, 0, fragment);
        packet.load(DOUBLE, R2, GateFrame.PROTOCOL, 0);
        packet.load(BYTE, R3, GateFrame.SOURCE, EndpointKey.FAMILY);
        code.branch(R3, NOT_EQUAL, EndpointKey.IPV6, notIcmp6);
        code.branch(R2, EQUAL, IpProtocol.ICMPV6, icmp);
        code.jump(notIcmp);
        code.place(notIcmp6);
        code.branch(R2, EQUAL, IpProtocol.ICMP, icmp);
        code.place(notIcmp);
        ifPorts(ported);
        code.branch(R2, EQUAL, IpProtocol.ESP, ipsec);
        code.branch(R2, EQUAL, IpProtocol.AH, ipsec);
        code.jump(pass);

        code.place(ipsec);
        code.move(R2, IpProtocol.UDP);
        passIfNobodys();
        exchangePorts();
        code.jump(endpoints);
        code.place(ported);
        passIfNobodys();
        loadPorts();
        code.place(endpoints);
        classifyPorts();
        code.place(fragment);
        classifyFragment();
        code.place(icmp);
        classifyIcmp();
    }

    /// AH and ESP go with the key exchange of their two hosts.
    private void exchangePorts() {
        code.move(R2, EXCHANGE_PORT);
        code.networkOrder(R2, 16);
        packet.store(HALF, GateFrame.PORTS, SOURCE_PORT, R2);
        packet.store(HALF, GateFrame.PORTS, DESTINATION_PORT, R2);
    }

    /// The protocol is in R2, and becomes part of the keys.
    private void passIfNobodys() {
        packet.store(BYTE, GateFrame.SOURCE, EndpointKey.PROTOCOL, R2);
        packet.store(BYTE, GateFrame.DESTINATION, EndpointKey.PROTOCOL, R2);
        code.move(R2, TO);
        code.or(R2, FROM);
        code.and(R2, VIRTUAL | REPLIER);
        code.branch(R2, EQUAL, 0, pass); // spares most packets of others the look at their ports
    }

    private void classifyPorts() {
        Label virtual = new Label("virtual");
        Label server = new Label("server");
        Label fromServer = new Label("from_server");
        code.branch(TO, ANY_BIT, VIRTUAL, virtual);
        code.jump(server);
        code.place(virtual);
        findEndpoint(GateFrame.DESTINATION, DESTINATION_PORT, SERVICE, FTP_SERVICE, server);
        clientPortUnless(SERVICE_BY_ADDRESS, SOURCE_PORT);
        goUp(Decision.CLIENT, GateFrame.SOURCE);

        code.place(server);
        code.branch(FROM, ANY_BIT, REPLIER, fromServer);
        code.jump(pass);
        code.place(fromServer);
        passIfForUs();
        findEndpoint(GateFrame.SOURCE, SOURCE_PORT, SERVER, FTP_SERVER, pass);
        clientPortUnless(SERVER_BY_ADDRESS, DESTINATION_PORT);
        goUp(Decision.SERVER, GateFrame.DESTINATION);
    }

    private void classifyFragment() {
        Label possible = new Label("fragment_possible");
        Label toVirtual = new Label("fragment_to_virtual");
        Label fromServer = new Label("fragment_from_server");
        packet.load(DOUBLE, R2, GateFrame.PROTOCOL, 0);
        ifPorts(possible);
        code.branch(R2, EQUAL, IpProtocol.ROUTING, possible);
        code.branch(R2, EQUAL, IpProtocol.AH, possible);
        code.branch(R2, EQUAL, IpProtocol.ESP, possible);
        code.branch(R2, EQUAL, IpProtocol.DESTINATION_OPTIONS, possible);
        code.jump(pass);
        code.place(possible);
        code.branch(TO, ANY_BIT, VIRTUAL, toVirtual);
        code.branch(FROM, ANY_BIT, REPLIER, fromServer);
        code.jump(pass);
        code.place(toVirtual);
        byAddress();
        goUp(Decision.FRAGMENT, GateFrame.SOURCE);
        code.place(fromServer);
        passIfForUs();
        byAddress();
        goUp(Decision.FRAGMENT, GateFrame.DESTINATION);
    }

    private void classifyIcmp() {
        Label version6 = new Label("icmp6");
        Label error = new Label("icmp_error");
        Label quotesIpv6 = new Label("icmp_quotes_ipv6");
        Label quote = new Label("icmp_quote");
        Label noQuote = new Label("icmp_no_quote");
        packet.loadBytes(TRANSPORT, 0, GateFrame.PORTS, 0, 1, pass);
        packet.load(BYTE, R2, GateFrame.PORTS, 0); // its type
        packet.load(BYTE, R3, GateFrame.SOURCE, EndpointKey.FAMILY);
        code.branch(R3, EQUAL, EndpointKey.IPV6, version6);
        for (int type = 0; type < ALL_ICMP_TYPES; type++) {
            if (Icmp.isFlowError(type)) {
                code.branch(R2, EQUAL, type, error);
            }
        }
        code.jump(pass);
        code.place(version6);
        code.branch(R2, GREATER_OR_EQUAL, FIRST_ICMPV6_MESSAGE, pass);

        code.place(error);
        for (Slot key : new Slot[] {GateFrame.QUOTED_SOURCE, GateFrame.QUOTED_DESTINATION}) {
            headers.clear(key);
            packet.store(BYTE, key, EndpointKey.FAMILY, R3);
        }
        code.branch(R3, EQUAL, EndpointKey.IPV6, quotesIpv6);
        int quotedIpv4 = Icmp.HEADER_BYTES + Ipv4.SOURCE;
        packet.loadBytes(TRANSPORT, quotedIpv4, GateFrame.EXTENSION, 0, 8, noQuote);
        int ipv4 = EndpointKey.IPV4_ADDRESS;
        packet.copy(WORD, GateFrame.EXTENSION, 0, GateFrame.QUOTED_SOURCE, ipv4);
        packet.copy(WORD, GateFrame.EXTENSION, 4, GateFrame.QUOTED_DESTINATION, ipv4);
        code.jump(quote);
        code.place(quotesIpv6);
        quotedIpv6(Ipv6.SOURCE, GateFrame.QUOTED_SOURCE, noQuote);
        quotedIpv6(Ipv6.DESTINATION, GateFrame.QUOTED_DESTINATION, noQuote);

        code.place(quote);
        errorAbout(GateFrame.QUOTED_DESTINATION, GateFrame.QUOTED_SOURCE, true);
        code.place(noQuote);
        errorAbout(GateFrame.SOURCE, GateFrame.DESTINATION, false);
    }

    private void quotedIpv6(int address, Slot key, Label noQuote) {
        packet.loadBytes(
                TRANSPORT,
                Icmp.HEADER_BYTES + address,
                key,
                EndpointKey.ADDRESS,
                EndpointKey.ADDRESS_BYTES,
                noQuote);
    }

    /// An error to a virtual address is about what the service sent to `clientOfReply`; one that a
    /// real server sent, or that quotes what a real server was sent, about what `clientOfRequest`
    /// sent.
    private void errorAbout(Slot clientOfReply, Slot clientOfRequest, boolean hasQuote) {
        Label toVirtual = new Label("icmp_to_virtual");
        Label fromServer = new Label("icmp_from_server");
        Label toDirector = new Label("icmp_to_director");
        code.branch(TO, ANY_BIT, VIRTUAL, toVirtual);
        code.branch(TO, ANY_BIT, LOCAL, hasQuote ? toDirector : pass);
        code.branch(FROM, ANY_BIT, REPLIER, fromServer);
        if (hasQuote) {
            loadRoles(GateFrame.QUOTED_DESTINATION, FROM);
            code.branch(FROM, ANY_BIT, REPLIER, fromServer);
        }
        code.jump(pass);
        code.place(toVirtual);
        byAddress();
        goUp(Decision.ICMP, clientOfReply);
        code.place(fromServer);
        byAddress();
        goUp(Decision.ICMP, clientOfRequest);
        if (hasQuote) {
            code.place(toDirector);
            errorAboutTunnelPacket();
        }
    }

    /// One that quotes a tunnel packet of the director's. It is steered by the real server, since
    /// the client stands further inside.
    private void errorAboutTunnelPacket() {
        Label version6 = new Label("tunnel6");
        Label known = new Label("tunnel_protocol");
        packet.load(BYTE, R3, GateFrame.SOURCE, EndpointKey.FAMILY);
        code.branch(R3, EQUAL, EndpointKey.IPV6, version6);
        quotedProtocolAndPort(Ipv4.PROTOCOL, Ipv4.HEADER_BYTES, known);
        code.place(version6);
        quotedProtocolAndPort(Ipv6.NEXT_HEADER, Ipv6.HEADER_BYTES, known);
        code.place(known);
        packet.lookup(Maps.ENDPOINTS, GateFrame.QUOTED_DESTINATION);
        code.branch(R0, EQUAL, 0, pass);
        code.load(WORD, R1, R0, 0);
        Label tunnel = new Label("tunnel");
        code.branch(R1, ANY_BIT, TUNNEL, tunnel);
        code.jump(pass);
        code.place(tunnel);
        byAddress();
        goUp(Decision.ICMP, GateFrame.QUOTED_DESTINATION);
    }

    /// Completes the quoted destination's key.
    private void quotedProtocolAndPort(int protocolAt, int udpAt, Label done) {
        Slot key = GateFrame.QUOTED_DESTINATION;
        int quote = Icmp.HEADER_BYTES;
        packet.loadBytes(TRANSPORT, quote + protocolAt, key, EndpointKey.PROTOCOL, 1, pass);
        packet.load(BYTE, R2, key, EndpointKey.PROTOCOL);
        code.branch(R2, NOT_EQUAL, IpProtocol.UDP, done);
        int port = quote + udpAt + DESTINATION_PORT;
        packet.loadBytes(TRANSPORT, port, key, EndpointKey.PORT, 2, pass);
        code.jump(done);
    }

    // Small pieces.

    private void goUp(Decision decision, Slot client) {
        packet.address(SteeringCode.CLIENT, client);
        code.move(SteeringCode.DECISION, decision.counter());
        packet.store(BYTE, GateFrame.METADATA, Metadata.KIND, decision.kind());
        code.jump(up);
    }

    /// The client's port does not matter to whom the packet is for.
    private void byAddress() {
        code.move(SteeringCode.CLIENT_PORT, 0);
    }

    private void clientPort(int port) {
        packet.load(HALF, SteeringCode.CLIENT_PORT, GateFrame.PORTS, port);
        code.networkOrder(SteeringCode.CLIENT_PORT, 16);
    }

    /// R1 holds the flags of the endpoint.
    private void clientPortUnless(int byAddressFlag, int port) {
        Label done = new Label("port_done");
        byAddress();
        code.branch(R1, ANY_BIT, byAddressFlag, done);
        clientPort(port);
        code.place(done);
    }

    /// A frame from a real server to an address of the director's own is a health check's answer or
    /// the like, unless the address is virtual too.
    private void passIfForUs() {
        Label forClient = new Label("for_client");
        code.branch(TO, ANY_BIT, VIRTUAL, forClient);
        code.branch(TO, ANY_BIT, LOCAL, pass);
        code.place(forClient);
    }

    private void loadPorts() {
        packet.loadBytes(TRANSPORT, 0, GateFrame.PORTS, 0, GateFrame.PORTS.bytes(), pass);
    }

    /// R1 becomes the flags of the endpoint that takes the port: its own, or the one for all ports.
    private void findEndpoint(Slot key, int port, int wanted, int wantedForFtp, Label none) {
        Label anyPort = new Label("any_port");
        Label ftp = new Label("ftp");
        Label found = new Label("found");
        packet.copy(HALF, GateFrame.PORTS, port, key, EndpointKey.PORT);
        packet.lookup(Maps.ENDPOINTS, key);
        code.branch(R0, EQUAL, 0, anyPort);
        code.load(WORD, R1, R0, 0);
        code.branch(R1, ANY_BIT, wanted, found);
        code.place(anyPort);
        packet.store(HALF, key, EndpointKey.PORT, 0);
        packet.lookup(Maps.ENDPOINTS, key);
        code.branch(R0, EQUAL, 0, none);
        code.load(WORD, R1, R0, 0);
        code.branch(R1, ANY_BIT, wanted, found);
        code.branch(R1, ANY_BIT, wantedForFtp, ftp);
        code.jump(none);
        code.place(ftp);
        packet.load(HALF, R2, GateFrame.PORTS, port);
        code.networkOrder(R2, 16);
        code.branch(R2, EQUAL, FTP_DATA_PORT, found);
        code.branch(R2, LESS, FIRST_UNPRIVILEGED_PORT, none);
        code.place(found);
    }

    /// For a protocol in R2.
    private void ifPorts(Label then) {
        code.branch(R2, EQUAL, IpProtocol.TCP, then);
        code.branch(R2, EQUAL, IpProtocol.UDP, then);
        code.branch(R2, EQUAL, IpProtocol.SCTP, then);
    }

    private void loadRoles(Slot key, Register target) {
        Label none = new Label("no_role");
        packet.lookup(Maps.ADDRESSES, key);
        code.move(target, 0);
        code.branch(R0, EQUAL, 0, none);
        code.load(WORD, target, R0, 0);
        code.place(none);
    }
}
