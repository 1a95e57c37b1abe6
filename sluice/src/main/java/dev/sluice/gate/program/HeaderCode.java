package dev.sluice.gate.program;

import static dev.sluice.ebpf.Condition.EQUAL;
import static dev.sluice.ebpf.Condition.LESS;
import static dev.sluice.ebpf.Condition.NOT_EQUAL;
import static dev.sluice.ebpf.Register.R2;
import static dev.sluice.ebpf.Register.R3;
import static dev.sluice.ebpf.Register.R7;
import static dev.sluice.ebpf.Register.R8;
import static dev.sluice.ebpf.Size.BYTE;
import static dev.sluice.ebpf.Size.DOUBLE;
import static dev.sluice.ebpf.Size.HALF;
import static dev.sluice.ebpf.Size.WORD;

import dev.sluice.ebpf.Assembler;
import dev.sluice.ebpf.Label;
import dev.sluice.ebpf.Register;
import dev.sluice.gate.layout.EndpointKey;
import dev.sluice.gate.program.StackFrame.Slot;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.PacketView;

/// Reads a packet's headers as far as the rules need them: addresses into the two keys, protocol
/// and whether it is a fragment into their slots, and where the transport header starts into a
/// register. Ports are left to the rules, which need them of few packets.
final class HeaderCode {

    /// How many IPv6 extension headers are followed.
    static final int EXTENSION_HEADERS = PacketView.MAX_EXTENSION_HEADERS;

    /// Where the transport header starts in the packet.
    static final Register TRANSPORT = R7;

    private static final Register NEXT_HEADER = R8;

    private static final int ALL_PROTOCOLS = 256;

    private final PacketCode packet;
    private final Assembler code;
    private final Label pass;

    /// @param pass where packets go of which too little is there, or that are no IP packets
    HeaderCode(PacketCode packet, Label pass) {
        this.packet = packet;
        this.code = packet.code;
        this.pass = pass;
    }

    void read() {
        Label ipv4 = new Label("ipv4");
        Label ipv6 = new Label("ipv6");
        Label parsed = new Label("parsed");
        clear(GateFrame.SOURCE);
        clear(GateFrame.DESTINATION);
        packet.loadBytes(0, GateFrame.LINK, Ethernet.HEADER_BYTES + Ipv4.HEADER_BYTES, pass);
        packet.load(HALF, R2, GateFrame.LINK, Ethernet.TYPE);
        code.networkOrder(R2, 16);
        code.branch(R2, EQUAL, Ethernet.TYPE_IPV4, ipv4);
        code.branch(R2, EQUAL, Ethernet.TYPE_IPV6, ipv6);
        code.jump(pass);
        code.place(ipv4);
        readIpv4();
        code.jump(parsed);
        code.place(ipv6);
        readIpv6(parsed);
        code.place(parsed);
        packet.store(DOUBLE, GateFrame.PROTOCOL, 0, NEXT_HEADER);
    }

    private void readIpv4() {
        packet.load(BYTE, TRANSPORT, GateFrame.IP, 0); // version and length in words
        code.move(R2, TRANSPORT);
        code.shiftRight(R2, 4);
        code.branch(R2, NOT_EQUAL, 4, pass);
        code.and(TRANSPORT, 0x0f);
        code.branch(TRANSPORT, LESS, Ipv4.HEADER_BYTES / 4, pass);
        code.shiftLeft(TRANSPORT, 2);
        code.add(TRANSPORT, Ethernet.HEADER_BYTES);
        copyAddress(Ipv4.SOURCE, GateFrame.SOURCE, EndpointKey.IPV4);
        copyAddress(Ipv4.DESTINATION, GateFrame.DESTINATION, EndpointKey.IPV4);
        packet.load(BYTE, NEXT_HEADER, GateFrame.IP, Ipv4.PROTOCOL);
        packet.load(HALF, R2, GateFrame.IP, Ipv4.FRAGMENT);
        code.networkOrder(R2, 16);
        code.and(R2, Ipv4.MORE_FRAGMENTS | Ipv4.OFFSET_MASK);
        packet.store(DOUBLE, GateFrame.IS_FRAGMENT, 0, R2);
    }

    private void readIpv6(Label parsed) {
        packet.loadBytes(0, GateFrame.LINK, Ethernet.HEADER_BYTES + Ipv6.HEADER_BYTES, pass);
        packet.load(BYTE, R2, GateFrame.IP, 0);
        code.shiftRight(R2, 4);
        code.branch(R2, NOT_EQUAL, 6, pass);
        copyAddress(Ipv6.SOURCE, GateFrame.SOURCE, EndpointKey.IPV6);
        copyAddress(Ipv6.DESTINATION, GateFrame.DESTINATION, EndpointKey.IPV6);
        packet.load(BYTE, NEXT_HEADER, GateFrame.IP, Ipv6.NEXT_HEADER);
        code.move(TRANSPORT, Ethernet.HEADER_BYTES + Ipv6.HEADER_BYTES);
        packet.store(DOUBLE, GateFrame.IS_FRAGMENT, 0, 0);
        for (int i = 0; i < EXTENSION_HEADERS; i++) {
            skipExtensionHeader(i, parsed);
        }
        ifExtension(pass); // too many
    }

    /// Goes to `parsed` when the next header is no extension header, or when it says that this is a
    /// piece of a packet.
    private void skipExtensionHeader(int number, Label parsed) {
        Label extension = new Label("extension" + number);
        Label authentication = new Label("authentication" + number);
        Label fragment = new Label("fragment" + number);
        Label next = new Label("next" + number);
        ifExtension(extension);
        code.jump(parsed);
        code.place(extension);
        packet.loadBytes(TRANSPORT, 0, GateFrame.EXTENSION, 0, Ipv6.FRAGMENT_HEADER_BYTES, pass);
        code.move(R3, NEXT_HEADER);
        packet.load(BYTE, NEXT_HEADER, GateFrame.EXTENSION, 0);
        packet.load(BYTE, R2, GateFrame.EXTENSION, 1); // its length
        code.branch(R3, EQUAL, IpProtocol.FRAGMENT, fragment);
        code.branch(R3, EQUAL, IpProtocol.AH, authentication);
        code.add(R2, 1);
        code.shiftLeft(R2, 3);
        code.add(TRANSPORT, R2);
        code.jump(next);
        code.place(authentication);
        code.add(R2, 2);
        code.shiftLeft(R2, 2);
        code.add(TRANSPORT, R2);
        code.jump(next);
        code.place(fragment);
        code.add(TRANSPORT, Ipv6.FRAGMENT_HEADER_BYTES);
        packet.load(HALF, R2, GateFrame.EXTENSION, 2);
        code.networkOrder(R2, 16);
        code.and(R2, 0xfff9); // offset and the bit that says more follow; neither: a whole packet
        packet.store(DOUBLE, GateFrame.IS_FRAGMENT, 0, R2);
        code.branch(R2, NOT_EQUAL, 0, parsed);
        code.place(next);
    }

    private void ifExtension(Label then) {
        for (int protocol = 0; protocol < ALL_PROTOCOLS; protocol++) {
            if (IpProtocol.isExtension(protocol)) {
                code.branch(NEXT_HEADER, EQUAL, protocol, then);
            }
        }
    }

    private void copyAddress(int from, Slot key, int family) {
        if (family == EndpointKey.IPV4) {
            packet.copy(WORD, GateFrame.IP, from, key, EndpointKey.IPV4_ADDRESS);
        } else {
            packet.copy(DOUBLE, GateFrame.IP, from, key, EndpointKey.ADDRESS);
            packet.copy(DOUBLE, GateFrame.IP, from + 8, key, EndpointKey.ADDRESS + 8);
        }
        packet.store(BYTE, key, EndpointKey.FAMILY, family);
    }

    void clear(Slot key) {
        packet.store(DOUBLE, key, 0, 0);
        packet.store(DOUBLE, key, 8, 0);
        packet.store(WORD, key, 16, 0);
    }
}
