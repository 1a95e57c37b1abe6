package dev.sluice.gate;

import static dev.sluice.ebpf.Condition.ANY_BIT;
import static dev.sluice.ebpf.Condition.EQUAL;
import static dev.sluice.ebpf.Condition.GREATER_OR_EQUAL;
import static dev.sluice.ebpf.Condition.LESS;
import static dev.sluice.ebpf.Condition.NOT_EQUAL;
import static dev.sluice.ebpf.Condition.SIGNED_GREATER;
import static dev.sluice.ebpf.Register.R0;
import static dev.sluice.ebpf.Register.R1;
import static dev.sluice.ebpf.Register.R10;
import static dev.sluice.ebpf.Register.R2;
import static dev.sluice.ebpf.Register.R3;
import static dev.sluice.ebpf.Register.R4;
import static dev.sluice.ebpf.Register.R5;
import static dev.sluice.ebpf.Register.R6;
import static dev.sluice.ebpf.Register.R7;
import static dev.sluice.ebpf.Register.R8;
import static dev.sluice.ebpf.Register.R9;
import static dev.sluice.ebpf.Size.BYTE;
import static dev.sluice.ebpf.Size.DOUBLE;
import static dev.sluice.ebpf.Size.HALF;
import static dev.sluice.ebpf.Size.WORD;
import static dev.sluice.gate.GateTables.FIRST_UNPRIVILEGED_PORT;
import static dev.sluice.gate.GateTables.FTP_DATA_PORT;
import static dev.sluice.gate.GateTables.FTP_SERVER;
import static dev.sluice.gate.GateTables.FTP_SERVICE;
import static dev.sluice.gate.GateTables.LOCAL;
import static dev.sluice.gate.GateTables.MASQUERADED;
import static dev.sluice.gate.GateTables.SERVER;
import static dev.sluice.gate.GateTables.SERVER_BY_ADDRESS;
import static dev.sluice.gate.GateTables.SERVICE;
import static dev.sluice.gate.GateTables.SERVICE_BY_ADDRESS;
import static dev.sluice.gate.GateTables.VIRTUAL;

import dev.sluice.ebpf.Assembler;
import dev.sluice.ebpf.Helper;
import dev.sluice.ebpf.Label;
import dev.sluice.ebpf.Program;
import dev.sluice.ebpf.Register;
import dev.sluice.ebpf.Size;
import dev.sluice.net.bpf.BpfMap.Shape;
import dev.sluice.net.bpf.SkBuff;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Icmp;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;

/// The four eBPF programs.
///
/// ```
///           eth0                      slow0                      slow1
///   in ──► [gate] ──not ours──► stack
///             └────ours──────────────────────────────────────► in ─► worker's socket, then [sink]
///   stack ──routed by mark─────► out [routed] ──── veth ─────► in ─► worker's socket, then [sink]
///   in ◄───────────────────────────[return] in ◄── veth ─────── out ◄─ worker
/// ```
///
/// What the gate captures goes straight into the ingress of `slow1`: through `slow0` and the veth
/// it would cost another walk down and up the link layer.
///
/// `gate` and `routed` share their reading of the packet and their steering; the rules are those of
/// [Classifier], where they can be read in Java.
///
/// Headers are read with `bpf_skb_load_bytes` into the stack and not through packet pointers: it
/// costs a few nanoseconds more and does not care whether the packet is linear.
///
/// The stack, downwards from the frame pointer:
///
/// ```
///   -18  metadata 12              -24  ports 4
///   -32  extension header 8       -72  IP header 40, and before it
///   -86  link header 14
///  -112  source key 20           -136  destination key 20
///  -160  quoted source key 20    -184  quoted destination key 20
///  -192  small key 8 (worker, decision, mark, interface)
///  -200  protocol 8              -208  whether it is a fragment 8
///  -224  the client's address, masked 16
/// ```
///
/// R6 is the context. R7 is the offset of the transport header, R8 and R9 are the roles of
/// destination and source, until the packet is known to go up: then R7 is its kind, R8 points to
/// the client's address and R9 is the client's port.
final class GateProgram {

    /// Older than this a heartbeat means that Java is gone or stuck.
    static final int STALE_NANOS = 2_000_000_000;

    // Offsets from the frame pointer. Numbers are aligned to their size, as the verifier demands of
    // the stack; that is why metadata and link header start at odd half-words.
    private static final int METADATA = -18;
    private static final int PORTS = -24;
    private static final int EXTENSION = -32;
    private static final int IP = -72;
    private static final int LINK = IP - Ethernet.HEADER_BYTES;
    private static final int SOURCE = -112;
    private static final int DESTINATION = -136;
    private static final int QUOTED_SOURCE = -160;
    private static final int QUOTED_DESTINATION = -184;
    private static final int SMALL_KEY = -192;
    private static final int PROTOCOL = -200;
    private static final int IS_FRAGMENT = -208;
    private static final int CLIENT = -224;

    private static final int KEY_FAMILY = GateMaps.KEY_FAMILY;

    private static final int THIS_HOST = 0; // PACKET_HOST

    // The multipliers of dev.sluice.director.Steering.
    private static final long C1 = 0x9E3779B97F4A7C15L;
    private static final long C2 = 0xC2B2AE3D27D4EB4FL;

    private final Assembler code = new Assembler();

    /// Not ours, or too little of it is there to tell.
    private final Label pass = new Label("pass");

    /// Ours: steer it.
    private final Label up = new Label("up");

    /// Ours, but its worker shows no life.
    private final Label stale = new Label("stale");

    private GateProgram() {}

    /// At the ingress of each interface.
    static Program gate() {
        GateProgram program = new GateProgram();
        program.writeGate();
        return program.code.assemble("sluice_gate");
    }

    /// At the egress of `slow0`: marks what the kernel routed there.
    static Program routed() {
        GateProgram program = new GateProgram();
        program.writeRouted();
        return program.code.assemble("sluice_routed");
    }

    /// At the ingress of `slow0`: sends what a worker gives back to the interface it came from.
    static Program giveBack() {
        GateProgram program = new GateProgram();
        program.writeGiveBack();
        return program.code.assemble("sluice_return");
    }

    /// At the ingress of `slow1`: the workers' sockets have seen the frame, the stack must not.
    static Program sink() {
        Assembler code = new Assembler();
        code.move(R0, SkBuff.DROP);
        code.exit();
        return code.assemble("sluice_sink");
    }

    private void writeGate() {
        Label returned = new Label("returned");
        code.move(R6, R1);
        code.load(WORD, R2, R6, SkBuff.MARK);
        code.branch(R2, EQUAL, Gate.RETURN_MARK, returned);
        code.load(WORD, R2, R6, SkBuff.PACKET_TYPE);
        code.branch(R2, NOT_EQUAL, THIS_HOST, pass);
        // A tagged frame belongs to the VLAN's own interface, where it is seen without its tag.
        code.load(WORD, R2, R6, SkBuff.VLAN_PRESENT);
        code.branch(R2, NOT_EQUAL, 0, pass);
        readPacket();
        ifMarkIsAService(Metadata.MARKED, false);
        classify();

        code.place(up);
        steer();
        writeMetadata(SkBuff.INTERFACE);
        code.loadMapValue(R1, GateMaps.SETTINGS.name(), GateMaps.SETTING_WORKER_END);
        code.load(WORD, R1, R1, 0);
        code.move(R2, SkBuff.INTO_INGRESS);
        code.call(Helper.REDIRECT);
        code.exit();

        code.place(stale);
        // Only ICMP errors may reach the stack; what belongs to a connection it would answer with
        // a reset.
        code.branch(R7, EQUAL, Metadata.ICMP, pass);
        count(Decision.STALE);
        finish(SkBuff.DROP);

        code.place(returned);
        code.move(R2, 0);
        code.store(WORD, R6, SkBuff.MARK, R2);
        finish(SkBuff.NEXT);

        code.place(pass);
        count(Decision.PASSED);
        finish(SkBuff.NEXT);
    }

    private void writeRouted() {
        Label drop = new Label("drop");
        code.move(R6, R1);
        loadBytes(0, LINK, 1, drop);
        code.load(BYTE, R2, R10, LINK);
        code.branch(R2, ANY_BIT, 1, drop); // multicast, the kernel's own
        readPacket();
        ifMarkIsAService(Metadata.ROUTED, true);
        code.jump(pass);

        code.place(up);
        steer();
        writeMetadata(SkBuff.INGRESS_INTERFACE);
        finish(SkBuff.NEXT);

        code.place(stale);
        count(Decision.STALE);
        finish(SkBuff.DROP);

        code.place(pass);
        count(Decision.ROUTED_UNKNOWN);
        code.place(drop);
        finish(SkBuff.DROP);
    }

    private void writeGiveBack() {
        Label failed = new Label("failed");
        Label drop = new Label("drop");
        Label knownSource = new Label("known_source");
        code.move(R6, R1);
        code.load(WORD, R2, R6, SkBuff.MARK);
        code.branch(R2, NOT_EQUAL, Gate.RETURN_MARK, drop); // the kernel's own, not a worker's
        loadBytes(0, LINK, Metadata.BYTES, drop);
        code.load(BYTE, R8, R10, LINK + Metadata.KIND);
        code.branch(R8, EQUAL, Metadata.ROUTED, failed);
        code.load(WORD, R7, R10, LINK + Metadata.INTERFACE);
        code.networkOrder(R7, 32);
        code.store(WORD, R10, SMALL_KEY, R7);
        lookup(GateMaps.INTERFACES, SMALL_KEY);
        code.branch(R0, EQUAL, 0, failed);
        // The two addresses, put together where the metadata of the other programs are.
        for (int i = 0; i < Metadata.SOURCE_OR_MARK; i += 2) {
            code.load(HALF, R1, R0, i);
            code.store(HALF, R10, METADATA + i, R1);
            code.load(HALF, R1, R10, LINK + Metadata.SOURCE_OR_MARK + i);
            code.store(HALF, R10, METADATA + Metadata.SOURCE_OR_MARK + i, R1);
        }
        code.branch(R8, NOT_EQUAL, Metadata.MARKED, knownSource);
        for (int i = 0; i < Metadata.SOURCE_OR_MARK; i += 2) {
            code.store(HALF, R10, METADATA + Metadata.SOURCE_OR_MARK + i, 0);
        }
        code.place(knownSource);
        storeLinkAddresses(failed);
        count(Decision.RETURNED);
        code.move(R1, R7);
        code.move(R2, SkBuff.INTO_INGRESS);
        code.call(Helper.REDIRECT);
        code.exit();

        code.place(failed);
        count(Decision.RETURN_FAILED);
        code.place(drop);
        finish(SkBuff.DROP);
    }

    /// Reads addresses into the two keys, notes protocol and fragment, and sets R7 to the transport
    /// header.
    private void readPacket() {
        Label ipv4 = new Label("ipv4");
        Label ipv6 = new Label("ipv6");
        Label parsed = new Label("parsed");
        clearKey(SOURCE);
        clearKey(DESTINATION);
        loadBytes(0, LINK, Ethernet.HEADER_BYTES + Ipv4.HEADER_BYTES, pass);
        code.load(HALF, R2, R10, LINK + 12);
        code.networkOrder(R2, 16);
        code.branch(R2, EQUAL, Ethernet.TYPE_IPV4, ipv4);
        code.branch(R2, EQUAL, Ethernet.TYPE_IPV6, ipv6);
        code.jump(pass);

        code.place(ipv4);
        code.load(BYTE, R7, R10, IP);
        code.move(R2, R7);
        code.shiftRight(R2, 4);
        code.branch(R2, NOT_EQUAL, 4, pass);
        code.and(R7, 0x0f);
        code.branch(R7, LESS, Ipv4.HEADER_BYTES / 4, pass);
        code.shiftLeft(R7, 2);
        code.add(R7, Ethernet.HEADER_BYTES);
        copy(WORD, IP + 12, SOURCE + 12);
        copy(WORD, IP + 16, DESTINATION + 12);
        family(GateMaps.IPV4);
        code.load(BYTE, R8, R10, IP + 9);
        code.load(HALF, R2, R10, IP + 6);
        code.networkOrder(R2, 16);
        code.and(R2, Ipv4.MORE_FRAGMENTS | Ipv4.OFFSET_MASK);
        code.store(DOUBLE, R10, IS_FRAGMENT, R2);
        code.jump(parsed);

        code.place(ipv6);
        loadBytes(0, LINK, Ethernet.HEADER_BYTES + Ipv6.HEADER_BYTES, pass);
        code.load(BYTE, R2, R10, IP);
        code.shiftRight(R2, 4);
        code.branch(R2, NOT_EQUAL, 6, pass);
        copy(DOUBLE, IP + 8, SOURCE);
        copy(DOUBLE, IP + 16, SOURCE + 8);
        copy(DOUBLE, IP + 24, DESTINATION);
        copy(DOUBLE, IP + 32, DESTINATION + 8);
        family(GateMaps.IPV6);
        code.load(BYTE, R8, R10, IP + 6);
        code.move(R7, Ethernet.HEADER_BYTES + Ipv6.HEADER_BYTES);
        code.store(DOUBLE, R10, IS_FRAGMENT, 0);
        for (int i = 0; i < Classifier.EXTENSION_HEADERS; i++) {
            skipExtensionHeader(i, parsed);
        }
        for (int extension : EXTENSIONS) {
            code.branch(R8, EQUAL, extension, pass); // too many
        }
        code.place(parsed);
        code.store(DOUBLE, R10, PROTOCOL, R8);
    }

    private static final int[] EXTENSIONS = {
        IpProtocol.HOP_BY_HOP,
        IpProtocol.ROUTING,
        IpProtocol.DESTINATION_OPTIONS,
        IpProtocol.AH,
        IpProtocol.FRAGMENT
    };

    /// R8 is the protocol, R7 where its header starts. Goes to `parsed` when that is no extension
    /// header, or when it says that this is a piece of a packet.
    private void skipExtensionHeader(int number, Label parsed) {
        Label extension = new Label("extension" + number);
        Label authentication = new Label("authentication" + number);
        Label fragment = new Label("fragment" + number);
        Label next = new Label("next" + number);
        for (int protocol : EXTENSIONS) {
            code.branch(R8, EQUAL, protocol, extension);
        }
        code.jump(parsed);
        code.place(extension);
        loadBytes(R7, 0, EXTENSION, Ipv6.FRAGMENT_HEADER_BYTES, pass);
        code.move(R3, R8);
        code.load(BYTE, R8, R10, EXTENSION);
        code.load(BYTE, R2, R10, EXTENSION + 1);
        code.branch(R3, EQUAL, IpProtocol.FRAGMENT, fragment);
        code.branch(R3, EQUAL, IpProtocol.AH, authentication);
        code.add(R2, 1);
        code.shiftLeft(R2, 3);
        code.add(R7, R2);
        code.jump(next);
        code.place(authentication);
        code.add(R2, 2);
        code.shiftLeft(R2, 2);
        code.add(R7, R2);
        code.jump(next);
        code.place(fragment);
        code.add(R7, Ipv6.FRAGMENT_HEADER_BYTES);
        code.load(HALF, R2, R10, EXTENSION + 2);
        code.networkOrder(R2, 16);
        code.and(R2, 0xfff9); // offset and the bit that says more follow; neither: a whole packet
        code.store(DOUBLE, R10, IS_FRAGMENT, R2);
        code.branch(R2, NOT_EQUAL, 0, parsed);
        code.place(next);
    }

    /// Goes up when the packet's mark is that of a service.
    ///
    /// @param anyProtocol also for packets that have no ports
    private void ifMarkIsAService(int kind, boolean anyProtocol) {
        Label possible = new Label("mark_possible");
        Label byAddress = new Label("mark_by_address");
        Label known = new Label("mark_known");
        Label none = new Label("mark_none");
        code.load(WORD, R2, R6, SkBuff.MARK);
        code.branch(R2, EQUAL, 0, none);
        code.store(WORD, R10, SMALL_KEY, R2);
        code.load(BYTE, R2, R10, SOURCE + KEY_FAMILY);
        code.store(WORD, R10, SMALL_KEY + 4, R2);
        if (!anyProtocol) {
            code.load(DOUBLE, R2, R10, IS_FRAGMENT);
            code.branch(R2, NOT_EQUAL, 0, possible);
            code.load(DOUBLE, R2, R10, PROTOCOL);
            ifPorts(possible);
            code.jump(none);
            code.place(possible);
        }
        lookup(GateMaps.MARKS, SMALL_KEY);
        code.branch(R0, EQUAL, 0, none);
        Label ported = new Label("mark_ported");
        code.load(WORD, R9, R0, 0);
        code.branch(R9, ANY_BIT, SERVICE_BY_ADDRESS, byAddress);
        code.load(DOUBLE, R2, R10, IS_FRAGMENT);
        code.branch(R2, NOT_EQUAL, 0, byAddress);
        code.load(DOUBLE, R2, R10, PROTOCOL);
        ifPorts(ported);
        code.jump(byAddress);
        code.place(ported);
        loadBytes(R7, 0, PORTS, 4, pass);
        code.load(HALF, R9, R10, PORTS);
        code.networkOrder(R9, 16);
        code.jump(known);
        code.place(byAddress);
        code.move(R9, 0);
        code.place(known);
        goUp(kind, SOURCE);
        code.place(none);
    }

    /// Finds out whether the packet is a service's; goes to `up` or `pass`.
    private void classify() {
        Label fragment = new Label("fragment");
        Label icmp = new Label("icmp");
        Label notIcmp6 = new Label("not_icmp6");
        Label notIcmp = new Label("not_icmp");
        Label ported = new Label("ported");
        Label server = new Label("server");
        Label fromServer = new Label("from_server");
        loadRoles(DESTINATION, R8);
        loadRoles(SOURCE, R9);
        code.load(DOUBLE, R2, R10, IS_FRAGMENT);
        code.branch(R2, NOT_EQUAL, 0, fragment);
        code.load(DOUBLE, R2, R10, PROTOCOL);
        code.load(BYTE, R3, R10, SOURCE + KEY_FAMILY);
        code.branch(R3, NOT_EQUAL, GateMaps.IPV6, notIcmp6);
        code.branch(R2, EQUAL, IpProtocol.ICMPV6, icmp);
        code.jump(notIcmp);
        code.place(notIcmp6);
        code.branch(R2, EQUAL, IpProtocol.ICMP, icmp);
        code.place(notIcmp);
        ifPorts(ported);
        code.jump(pass);

        code.place(ported);
        code.store(BYTE, R10, SOURCE + GateMaps.KEY_PROTOCOL, R2);
        code.store(BYTE, R10, DESTINATION + GateMaps.KEY_PROTOCOL, R2);
        code.move(R2, R8);
        code.or(R2, R9);
        code.and(R2, VIRTUAL | MASQUERADED);
        code.branch(R2, EQUAL, 0, pass); // spares most packets of others the look at their ports
        loadBytes(R7, 0, PORTS, 4, pass);
        Label virtual = new Label("virtual");
        code.branch(R8, ANY_BIT, VIRTUAL, virtual);
        code.jump(server);
        code.place(virtual);
        findEndpoint(DESTINATION, PORTS + 2, SERVICE, FTP_SERVICE, server);
        clientPort(PORTS, SERVICE_BY_ADDRESS);
        goUp(Metadata.CLIENT, SOURCE);

        code.place(server);
        code.branch(R9, ANY_BIT, MASQUERADED, fromServer);
        code.jump(pass);
        code.place(fromServer);
        passIfForUs();
        findEndpoint(SOURCE, PORTS, SERVER, FTP_SERVER, pass);
        clientPort(PORTS + 2, SERVER_BY_ADDRESS);
        goUp(Metadata.SERVER, DESTINATION);

        code.place(fragment);
        classifyFragment();
        code.place(icmp);
        classifyIcmp();
    }

    private void classifyFragment() {
        Label possible = new Label("fragment_possible");
        Label toVirtual = new Label("fragment_to_virtual");
        Label fromServer = new Label("fragment_from_server");
        code.load(DOUBLE, R2, R10, PROTOCOL);
        ifPorts(possible);
        code.branch(R2, EQUAL, IpProtocol.ROUTING, possible);
        code.branch(R2, EQUAL, IpProtocol.AH, possible);
        code.branch(R2, EQUAL, IpProtocol.DESTINATION_OPTIONS, possible);
        code.jump(pass);
        code.place(possible);
        code.branch(R8, ANY_BIT, VIRTUAL, toVirtual);
        code.branch(R9, ANY_BIT, MASQUERADED, fromServer);
        code.jump(pass);
        code.place(toVirtual);
        code.move(R9, 0);
        goUp(Metadata.FRAGMENT, SOURCE);
        code.place(fromServer);
        passIfForUs();
        code.move(R9, 0);
        goUp(Metadata.FRAGMENT, DESTINATION);
    }

    private void classifyIcmp() {
        Label version6 = new Label("icmp6");
        Label error = new Label("icmp_error");
        Label quotesIpv6 = new Label("icmp_quotes_ipv6");
        Label quote = new Label("icmp_quote");
        Label noQuote = new Label("icmp_no_quote");
        loadBytes(R7, 0, PORTS, 1, pass);
        code.load(BYTE, R2, R10, PORTS);
        code.load(BYTE, R3, R10, SOURCE + KEY_FAMILY);
        code.branch(R3, EQUAL, GateMaps.IPV6, version6);
        code.branch(R2, EQUAL, Icmp.DESTINATION_UNREACHABLE, error);
        code.branch(R2, EQUAL, Icmp.SOURCE_QUENCH, error);
        code.branch(R2, EQUAL, Icmp.TIME_EXCEEDED, error);
        code.jump(pass);
        code.place(version6);
        code.branch(R2, GREATER_OR_EQUAL, 128, pass);

        code.place(error);
        clearKey(QUOTED_SOURCE);
        clearKey(QUOTED_DESTINATION);
        code.store(BYTE, R10, QUOTED_DESTINATION + KEY_FAMILY, R3);
        code.branch(R3, EQUAL, GateMaps.IPV6, quotesIpv6);
        loadBytes(R7, Icmp.HEADER_BYTES + 12, EXTENSION, 8, noQuote);
        copy(WORD, EXTENSION, QUOTED_SOURCE + 12);
        copy(WORD, EXTENSION + 4, QUOTED_DESTINATION + 12);
        code.jump(quote);
        code.place(quotesIpv6);
        loadBytes(R7, Icmp.HEADER_BYTES + 8, QUOTED_SOURCE, 16, noQuote);
        loadBytes(R7, Icmp.HEADER_BYTES + 24, QUOTED_DESTINATION, 16, noQuote);

        code.place(quote);
        errorAbout(QUOTED_DESTINATION, QUOTED_SOURCE, true);
        code.place(noQuote);
        errorAbout(SOURCE, DESTINATION, false);
    }

    /// An error to a virtual address is about what the service sent to `clientOfReply`; one that a
    /// real server sent, or that quotes what a real server was sent, about what `clientOfRequest`
    /// sent.
    private void errorAbout(int clientOfReply, int clientOfRequest, boolean hasQuote) {
        Label toVirtual = new Label("icmp_to_virtual");
        Label fromServer = new Label("icmp_from_server");
        code.branch(R8, ANY_BIT, VIRTUAL, toVirtual);
        code.branch(R8, ANY_BIT, LOCAL, pass);
        code.branch(R9, ANY_BIT, MASQUERADED, fromServer);
        if (hasQuote) {
            loadRoles(QUOTED_DESTINATION, R9);
            code.branch(R9, ANY_BIT, MASQUERADED, fromServer);
        }
        code.jump(pass);
        code.place(toVirtual);
        code.move(R9, 0);
        goUp(Metadata.ICMP, clientOfReply);
        code.place(fromServer);
        code.move(R9, 0);
        goUp(Metadata.ICMP, clientOfRequest);
    }

    /// Finds the worker by the client's address and port, as dev.sluice.director.Steering does, and
    /// looks whether it lives. Kind and worker are written into the metadata.
    private void steer() {
        code.store(BYTE, R10, METADATA + Metadata.KIND, R7);
        code.loadMapValue(R1, GateMaps.SETTINGS.name(), 0);
        maskClient();
        code.loadConstant(R4, C1);
        code.load(DOUBLE, R2, R1, GateMaps.SETTING_KEY0);
        code.load(DOUBLE, R3, R10, CLIENT);
        code.networkOrder(R3, 64);
        code.xor(R2, R3); // key0 ^ high
        code.multiply(R2, R4);
        fold(R2, 32);
        code.load(DOUBLE, R5, R1, GateMaps.SETTING_KEY1);
        code.load(DOUBLE, R3, R10, CLIENT + 8);
        code.networkOrder(R3, 64);
        code.xor(R3, R5); // low ^ key1
        code.xor(R2, R3);
        code.loadConstant(R3, C2);
        code.multiply(R2, R3);
        fold(R2, 29);
        code.xor(R2, R9); // port
        code.multiply(R2, R4);
        fold(R2, 32);
        code.move32(R2, R2);
        code.load(WORD, R3, R1, GateMaps.SETTING_WORKERS);
        code.multiply(R2, R3);
        code.shiftRight(R2, 32);
        code.store(BYTE, R10, METADATA + Metadata.WORKER, R2);

        code.store(WORD, R10, SMALL_KEY, R2);
        lookup(GateMaps.HEARTBEAT, SMALL_KEY);
        code.branch(R0, EQUAL, 0, stale);
        code.load(DOUBLE, R8, R0, 0);
        code.call(Helper.KTIME_GET_NS);
        // Signed: the worker may have looked at its clock after we looked at ours.
        code.subtract(R0, R8);
        code.branch(R0, SIGNED_GREATER, STALE_NANOS, stale);
    }

    /// Copies the client's address to the stack; where it decides alone, only what persistent
    /// services tell clients apart by. R1 points to the settings.
    private void maskClient() {
        Label ipv6 = new Label("mask6");
        Label done = new Label("masked");
        code.load(DOUBLE, R2, R8, 0);
        code.load(DOUBLE, R3, R8, 8);
        code.branch(R9, NOT_EQUAL, 0, done);
        code.load(BYTE, R4, R10, SOURCE + KEY_FAMILY); // of both ends
        code.branch(R4, EQUAL, GateMaps.IPV6, ipv6);
        code.load(DOUBLE, R5, R1, GateMaps.SETTING_MASK4 + 8);
        code.and(R3, R5);
        code.jump(done);
        code.place(ipv6);
        code.load(DOUBLE, R4, R1, GateMaps.SETTING_MASK6);
        code.load(DOUBLE, R5, R1, GateMaps.SETTING_MASK6 + 8);
        code.and(R2, R4);
        code.and(R3, R5);
        code.place(done);
        code.store(DOUBLE, R10, CLIENT, R2);
        code.store(DOUBLE, R10, CLIENT + 8, R3);
    }

    /// `register ^= register >>> bits`, through R3.
    private void fold(Register register, int bits) {
        code.move(R3, register);
        code.shiftRight(R3, bits);
        code.xor(register, R3);
    }

    /// Completes the metadata, writes them over the MAC addresses and counts.
    ///
    /// @param interfaceField of the context
    private void writeMetadata(int interfaceField) {
        Label write = new Label("write");
        code.load(WORD, R2, R6, interfaceField);
        code.networkOrder(R2, 32);
        code.store(WORD, R10, METADATA + Metadata.INTERFACE, R2);
        copy(WORD, LINK + 6, METADATA + Metadata.SOURCE_OR_MARK);
        copy(HALF, LINK + 10, METADATA + Metadata.SOURCE_OR_MARK + 4);
        code.branch(R7, LESS, Metadata.MARKED, write);
        code.load(WORD, R2, R6, SkBuff.MARK);
        code.networkOrder(R2, 32);
        code.store(WORD, R10, METADATA + Metadata.SOURCE_OR_MARK, R2);
        code.store(HALF, R10, METADATA + Metadata.SOURCE_OR_MARK + 4, 0);
        code.place(write);
        storeLinkAddresses(stale); // fails only without memory
        code.shiftRight(R7, 1); // from kind to the ordinal of its Decision
        code.store(WORD, R10, SMALL_KEY, R7);
        count();
    }

    // Small pieces.

    private void goUp(int kind, int clientKey) {
        code.move(R8, R10);
        code.add(R8, clientKey);
        code.move(R7, kind);
        code.jump(up);
    }

    /// A frame from a real server to an address of the director's own is a health check's answer or
    /// the like, unless the address is virtual too.
    private void passIfForUs() {
        Label forClient = new Label("for_client");
        code.branch(R8, ANY_BIT, VIRTUAL, forClient);
        code.branch(R8, ANY_BIT, LOCAL, pass);
        code.place(forClient);
    }

    /// R9 becomes the port, or 0 when R1, the flags of the endpoint, say so.
    private void clientPort(int port, int byAddressFlag) {
        Label done = new Label("port_done");
        code.move(R9, 0);
        code.branch(R1, ANY_BIT, byAddressFlag, done);
        code.load(HALF, R9, R10, port);
        code.networkOrder(R9, 16);
        code.place(done);
    }

    /// R1 becomes the flags of the endpoint that takes the port: its own, or the one for all ports.
    private void findEndpoint(int key, int port, int wanted, int wantedForFtp, Label none) {
        Label anyPort = new Label("any_port");
        Label ftp = new Label("ftp");
        Label found = new Label("found");
        copy(HALF, port, key + GateMaps.KEY_PORT);
        lookup(GateMaps.ENDPOINTS, key);
        code.branch(R0, EQUAL, 0, anyPort);
        code.load(WORD, R1, R0, 0);
        code.branch(R1, ANY_BIT, wanted, found);
        code.place(anyPort);
        code.store(HALF, R10, key + GateMaps.KEY_PORT, 0);
        lookup(GateMaps.ENDPOINTS, key);
        code.branch(R0, EQUAL, 0, none);
        code.load(WORD, R1, R0, 0);
        code.branch(R1, ANY_BIT, wanted, found);
        code.branch(R1, ANY_BIT, wantedForFtp, ftp);
        code.jump(none);
        code.place(ftp);
        code.load(HALF, R2, R10, port);
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

    private void loadRoles(int key, Register target) {
        Label none = new Label("no_role");
        lookup(GateMaps.ADDRESSES, key);
        code.move(target, 0);
        code.branch(R0, EQUAL, 0, none);
        code.load(WORD, target, R0, 0);
        code.place(none);
    }

    private void family(int number) {
        code.store(BYTE, R10, SOURCE + KEY_FAMILY, number);
        code.store(BYTE, R10, DESTINATION + KEY_FAMILY, number);
    }

    private void clearKey(int key) {
        code.store(DOUBLE, R10, key, 0);
        code.store(DOUBLE, R10, key + 8, 0);
        code.store(WORD, R10, key + 16, 0);
    }

    private void copy(Size size, int from, int to) {
        code.load(size, R2, R10, from);
        code.store(size, R10, to, R2);
    }

    /// R0 becomes the address of the value, or 0.
    private void lookup(Shape map, int key) {
        code.loadMap(R1, map.name());
        code.move(R2, R10);
        code.add(R2, key);
        code.call(Helper.MAP_LOOKUP_ELEM);
    }

    private void loadBytes(int offset, int to, int length, Label missing) {
        code.move(R2, offset);
        loadBytesAtR2(to, length, missing);
    }

    private void loadBytes(Register base, int offset, int to, int length, Label missing) {
        code.move(R2, base);
        if (offset != 0) {
            code.add(R2, offset);
        }
        loadBytesAtR2(to, length, missing);
    }

    private void loadBytesAtR2(int to, int length, Label missing) {
        code.move(R1, R6);
        code.move(R3, R10);
        code.add(R3, to);
        code.move(R4, length);
        code.call(Helper.SKB_LOAD_BYTES);
        code.branch(R0, NOT_EQUAL, 0, missing);
    }

    /// Writes 12 bytes over the MAC addresses.
    private void storeLinkAddresses(Label failed) {
        code.move(R1, R6);
        code.move(R2, 0);
        code.move(R3, R10);
        code.add(R3, METADATA);
        code.move(R4, Metadata.BYTES);
        code.move(R5, 0);
        code.call(Helper.SKB_STORE_BYTES);
        code.branch(R0, NOT_EQUAL, 0, failed);
    }

    private void count(Decision decision) {
        code.store(WORD, R10, SMALL_KEY, decision.ordinal());
        count();
    }

    /// Counts the decision whose ordinal is the small key. No atomic is needed: each processor has
    /// its own value.
    private void count() {
        Label none = new Label("not_counted");
        lookup(GateMaps.COUNTERS, SMALL_KEY);
        code.branch(R0, EQUAL, 0, none);
        code.load(DOUBLE, R1, R0, 0);
        code.add(R1, 1);
        code.store(DOUBLE, R0, 0, R1);
        code.place(none);
    }

    private void finish(int action) {
        code.move(R0, action);
        code.exit();
    }
}
