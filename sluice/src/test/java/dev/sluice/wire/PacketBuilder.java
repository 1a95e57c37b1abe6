package dev.sluice.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/// Makes packets for tests, one word per header:
///
/// ```java
/// byte[] syn = ipv4("172.16.0.1", "192.168.1.100").tcp(1000, 80).flags("S").mss(1460).build();
/// byte[] frame = ethernet("02:00:00:00:00:01", "02:00:00:00:00:02").vlan(7).ipv6(A, B).udp(1, 2).build();
/// ```
///
/// Lengths and checksums are right unless something else is asked for. They are computed here,
/// plainly, and not by the code under test. [PacketPrinter] turns a packet into such a text again.
public final class PacketBuilder {

    /// The link layer in front of the IP header.
    private final byte[] link;

    private final Address source;
    private final Address destination;
    private final List<Extension> extensions = new ArrayList<>();
    private int ttl = 64;
    private int tos;
    private int id;
    private int fragmentWord;
    private byte[] options = {};

    private int protocol = IpProtocol.NONE;
    private byte[] header = {};
    private byte[] tcpOptions = {};
    private byte[] payload = {};
    private int checksumOffset = -1;
    private Sum sum = Sum.RIGHT;
    private boolean wrongIpChecksum;
    private int padding;
    private int flowLabel;

    private enum Sum {
        RIGHT,
        WRONG,
        PARTIAL,
        NONE
    }

    private static final class Extension {
        final int type;
        final byte[] bytes;

        Extension(int type, byte[] bytes) {
            this.type = type;
            this.bytes = bytes;
        }
    }

    private PacketBuilder(byte[] link, Address source, Address destination) {
        if (source.family() != destination.family()) {
            throw new IllegalArgumentException("addresses of two families");
        }
        this.link = link;
        this.source = source;
        this.destination = destination;
    }

    public static PacketBuilder ipv4(String source, String destination) {
        return ip(Address.parse(source), Address.parse(destination));
    }

    public static PacketBuilder ipv6(String source, String destination) {
        return ip(Address.parse(source), Address.parse(destination));
    }

    /// Of either family.
    public static PacketBuilder ip(Address source, Address destination) {
        return new PacketBuilder(new byte[0], source, destination);
    }

    public static Link ethernet(String source, String destination) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(mac(destination));
        out.writeBytes(mac(source));
        return new Link(out.toByteArray());
    }

    /// An Ethernet header, waiting for what it carries.
    public static final class Link {
        private final byte[] bytes;

        private Link(byte[] bytes) {
            this.bytes = bytes;
        }

        public Link vlan(int id) {
            return new Link(concat(bytes, u16(Ethernet.TYPE_VLAN), u16(id)));
        }

        public PacketBuilder ipv4(String source, String destination) {
            return ip(Address.parse(source), Address.parse(destination));
        }

        public PacketBuilder ipv6(String source, String destination) {
            return ip(Address.parse(source), Address.parse(destination));
        }

        public PacketBuilder ip(Address source, Address destination) {
            int type = source.isIpv6() ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4;
            return new PacketBuilder(concat(bytes, u16(type)), source, destination);
        }

        /// Any other payload.
        public byte[] payload(int type, byte[] payload) {
            return concat(bytes, u16(type), payload);
        }
    }

    // IP

    public PacketBuilder ttl(int ttl) {
        this.ttl = ttl;
        return this;
    }

    /// Type of service, or traffic class.
    public PacketBuilder tos(int tos) {
        this.tos = tos;
        return this;
    }

    public PacketBuilder flowLabel(int label) {
        flowLabel = label;
        return this;
    }

    public PacketBuilder id(int id) {
        this.id = id;
        return this;
    }

    /// Don't fragment.
    public PacketBuilder df() {
        fragmentWord |= Ipv4.DONT_FRAGMENT;
        return this;
    }

    /// IPv4 options, a multiple of four bytes.
    public PacketBuilder options(int... bytes) {
        options = bytes(bytes);
        return this;
    }

    /// Says that this is a fragment: in IPv4 in the header, in IPv6 with a fragment header here.
    /// What follows is taken as it is; use `transportBytes` for the piece of a datagram.
    public PacketBuilder fragment(int offset, boolean more, int id) {
        if (source.isIpv6()) {
            extensions.add(
                    new Extension(
                            IpProtocol.FRAGMENT,
                            concat(new byte[2], u16(offset | (more ? 1 : 0)), u32(id))));
        } else {
            this.id = id;
            fragmentWord |= offset / 8 | (more ? Ipv4.MORE_FRAGMENTS : 0);
        }
        return this;
    }

    public PacketBuilder hopByHop() {
        // PadN of four bytes.
        return extension(IpProtocol.HOP_BY_HOP, 0, 0, 1, 4, 0, 0, 0, 0);
    }

    public PacketBuilder destinationOptions() {
        return extension(IpProtocol.DESTINATION_OPTIONS, 0, 0, 1, 4, 0, 0, 0, 0);
    }

    public PacketBuilder routing(int segmentsLeft) {
        int[] bytes = new int[24];
        bytes[1] = 2;
        bytes[3] = segmentsLeft;
        return extension(IpProtocol.ROUTING, bytes);
    }

    /// An authentication header that authenticates nothing.
    public PacketBuilder ah() {
        int[] bytes = new int[24];
        bytes[1] = 4;
        bytes[7] = 1;
        return extension(IpProtocol.AH, bytes);
    }

    /// Any IPv6 extension header; its first byte will be overwritten.
    public PacketBuilder extension(int type, int... bytes) {
        extensions.add(new Extension(type, bytes(bytes)));
        return this;
    }

    // Transport

    /// An ACK with sequence 1, acknowledgement 1 and an open window, until told otherwise.
    public PacketBuilder tcp(int sourcePort, int destinationPort) {
        protocol = IpProtocol.TCP;
        header =
                concat(
                        u16(sourcePort),
                        u16(destinationPort),
                        u32(1),
                        u32(1),
                        u16(0x5000 | Tcp.ACK),
                        u16(65535),
                        u32(0));
        checksumOffset = Tcp.CHECKSUM;
        return this;
    }

    public PacketBuilder seq(long sequence) {
        put(4, u32(sequence));
        return this;
    }

    public PacketBuilder ack(long acknowledgement) {
        put(8, u32(acknowledgement));
        return this;
    }

    public PacketBuilder window(int window) {
        put(14, u16(window));
        return this;
    }

    /// Letters as tcpdump's, in any order: `S F R P A U E C`; a dot is an A.
    public PacketBuilder flags(String letters) {
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            flags |=
                    switch (letters.charAt(i)) {
                        case 'F' -> Tcp.FIN;
                        case 'S' -> Tcp.SYN;
                        case 'R' -> Tcp.RST;
                        case 'P' -> Tcp.PSH;
                        case 'A', '.' -> Tcp.ACK;
                        case 'U' -> Tcp.URG;
                        case 'E' -> Tcp.ECE;
                        case 'C' -> Tcp.CWR;
                        default -> throw new IllegalArgumentException("flags " + letters);
                    };
        }
        header[13] = (byte) flags;
        return this;
    }

    /// Adds the option; no other option may be there yet.
    public PacketBuilder mss(int mss) {
        return tcpOptions(2, 4, mss >>> 8, mss & 0xff);
    }

    /// A multiple of four bytes.
    public PacketBuilder tcpOptions(int... bytes) {
        tcpOptions = bytes(bytes);
        header[12] = (byte) ((Tcp.HEADER_BYTES + bytes.length) / 4 << 4);
        return this;
    }

    public PacketBuilder udp(int sourcePort, int destinationPort) {
        protocol = IpProtocol.UDP;
        header = concat(u16(sourcePort), u16(destinationPort), u32(0));
        checksumOffset = Udp.CHECKSUM;
        return this;
    }

    /// With verification tag 1; add chunks.
    public PacketBuilder sctp(int sourcePort, int destinationPort) {
        protocol = IpProtocol.SCTP;
        header = concat(u16(sourcePort), u16(destinationPort), u32(1), u32(0));
        checksumOffset = Sctp.CHECKSUM;
        return this;
    }

    public PacketBuilder chunk(int type, byte... body) {
        int padded = (body.length + 3) / 4 * 4;
        payload =
                concat(payload, bytes(type, 0), u16(4 + body.length), Arrays.copyOf(body, padded));
        return this;
    }

    /// ICMP or ICMPv6, by the family. `word` is the second half of the header.
    public PacketBuilder icmp(int type, int code, int word) {
        protocol = source.isIpv6() ? IpProtocol.ICMPV6 : IpProtocol.ICMP;
        header = concat(bytes(type, code), u16(0), u32(word));
        checksumOffset = 2;
        return this;
    }

    public PacketBuilder echo(int identifier, int sequence) {
        return icmp(source.isIpv6() ? 128 : 8, 0, identifier << 16 | sequence);
    }

    public PacketBuilder echoReply(int identifier, int sequence) {
        return icmp(source.isIpv6() ? 129 : 0, 0, identifier << 16 | sequence);
    }

    public PacketBuilder icmpUnreachable(int code, byte[] quoted) {
        return icmp(source.isIpv6() ? 1 : 3, code, 0).payload(quoted);
    }

    public PacketBuilder icmpTimeExceeded(byte[] quoted) {
        return icmp(source.isIpv6() ? 3 : 11, 0, 0).payload(quoted);
    }

    /// Fragmentation needed, or packet too big.
    public PacketBuilder icmpFragNeeded(int mtu, byte[] quoted) {
        return (source.isIpv6() ? icmp(2, 0, mtu) : icmp(3, 4, mtu)).payload(quoted);
    }

    /// Another protocol: what follows the IP header, as it is.
    public PacketBuilder transportBytes(int protocol, byte[] bytes) {
        this.protocol = protocol;
        header = new byte[0];
        checksumOffset = -1;
        payload = bytes;
        return this;
    }

    public PacketBuilder payload(String text) {
        return payload(text.getBytes(UTF_8));
    }

    /// As many bytes, 0, 1, 2, …
    public PacketBuilder payload(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return payload(bytes);
    }

    public PacketBuilder payload(byte[] bytes) {
        payload = bytes;
        return this;
    }

    // What may be wrong

    /// The transport checksum field holds the folded sum of the pseudo-header.
    public PacketBuilder partialChecksum() {
        sum = Sum.PARTIAL;
        return this;
    }

    public PacketBuilder wrongChecksum() {
        sum = Sum.WRONG;
        return this;
    }

    /// The field is 0.
    public PacketBuilder noChecksum() {
        sum = Sum.NONE;
        return this;
    }

    public PacketBuilder wrongIpChecksum() {
        wrongIpChecksum = true;
        return this;
    }

    /// Bytes behind the IP packet, as short Ethernet frames have them.
    public PacketBuilder padding(int bytes) {
        padding = bytes;
        return this;
    }

    // The result

    public byte[] build() {
        byte[] transport = transport();
        byte[] ip = source.isIpv6() ? ipv6Header(transport) : ipv4Header(transport);
        return concat(link, ip, transport, new byte[padding]);
    }

    /// The packet in a segment of exactly its size.
    public MemorySegment segment() {
        return MemorySegment.ofArray(build());
    }

    /// The packet, parsed; fails if it is malformed. Mind that [PacketView] is told if the checksum
    /// is partial.
    public PacketView view() {
        return view(0);
    }

    /// With so many bytes free before it.
    public PacketView view(int headroom) {
        MemorySegment segment = MemorySegment.ofArray(concat(new byte[headroom], build()));
        PacketView view = new PacketView();
        long ip = (long) headroom + link.length;
        Malformed malformed = view.parse(segment, ip, (int) (segment.byteSize() - ip));
        if (malformed != null) {
            throw new AssertionError(malformed + ": " + PacketPrinter.describe(segment));
        }
        view.partialChecksum(sum == Sum.PARTIAL);
        return view;
    }

    /// This packet as fragments for an MTU, each a whole packet; IPv6 with a fragment header.
    public List<byte[]> fragments(int mtu) {
        byte[] whole = transport();
        int overhead = source.isIpv6() ? 48 : 20 + options.length;
        int room = (mtu - overhead) / 8 * 8;
        List<byte[]> fragments = new ArrayList<>();
        for (int offset = 0; offset < whole.length; offset += room) {
            int end = Math.min(whole.length, offset + room);
            PacketBuilder piece = new PacketBuilder(link, source, destination);
            piece.ttl(ttl).tos(tos).flowLabel(flowLabel);
            piece.options = options;
            fragments.add(
                    piece.fragment(offset, end < whole.length, id)
                            .transportBytes(protocol, Arrays.copyOfRange(whole, offset, end))
                            .build());
        }
        return fragments;
    }

    @Override
    public String toString() {
        return PacketPrinter.describe(MemorySegment.ofArray(build()).asSlice(link.length));
    }

    private byte[] transport() {
        byte[] bytes = concat(header, tcpOptions, payload);
        if (protocol == IpProtocol.UDP && header.length > 0) {
            System.arraycopy(u16(bytes.length), 0, bytes, 4, 2);
        }
        if (checksumOffset < 0 || sum == Sum.NONE) {
            return bytes;
        }
        byte[] checksum = protocol == IpProtocol.SCTP ? crc(bytes) : internetChecksum(bytes);
        if (sum == Sum.WRONG) {
            checksum[0] ^= 0x55;
        }
        System.arraycopy(checksum, 0, bytes, checksumOffset, checksum.length);
        return bytes;
    }

    private static byte[] crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return u32(Integer.reverseBytes((int) crc.getValue()));
    }

    private byte[] internetChecksum(byte[] bytes) {
        byte[] pseudo =
                protocol == IpProtocol.ICMP
                        ? new byte[0]
                        : concat(
                                source.bytes(),
                                destination.bytes(),
                                u16(protocol),
                                u32(bytes.length));
        if (sum == Sum.PARTIAL) {
            return u16(onesComplementSum(pseudo));
        }
        int checksum = ~onesComplementSum(concat(pseudo, bytes)) & 0xffff;
        return u16(checksum == 0 && protocol == IpProtocol.UDP ? 0xffff : checksum);
    }

    private byte[] ipv4Header(byte[] transport) {
        int headerLength = 20 + options.length;
        byte[] ip =
                concat(
                        bytes(0x40 | headerLength / 4, tos),
                        u16(headerLength + transport.length),
                        u16(id),
                        u16(fragmentWord),
                        bytes(ttl, protocol),
                        u16(0),
                        source.bytes(),
                        destination.bytes(),
                        options);
        int checksum = ~onesComplementSum(ip) ^ (wrongIpChecksum ? 0x5500 : 0);
        System.arraycopy(u16(checksum), 0, ip, 10, 2);
        return ip;
    }

    private byte[] ipv6Header(byte[] transport) {
        byte[] chain = {};
        int next = protocol;
        for (Extension extension : extensions.reversed()) {
            byte[] bytes = extension.bytes.clone();
            bytes[0] = (byte) next;
            chain = concat(bytes, chain);
            next = extension.type;
        }
        return concat(
                u32(6L << 28 | (long) tos << 20 | flowLabel),
                u16(chain.length + transport.length),
                bytes(next, ttl),
                source.bytes(),
                destination.bytes(),
                chain);
    }

    private void put(int offset, byte[] bytes) {
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }

    /// RFC 1071 as plainly as can be, to compare [Checksum] with.
    static int onesComplementSum(byte[] bytes) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            int low = i + 1 < bytes.length ? bytes[i + 1] & 0xff : 0;
            sum += (bytes[i] & 0xff) << 8 | low;
            if (sum > 0xffff) {
                sum = (sum & 0xffff) + 1;
            }
        }
        return sum;
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] u16(int value) {
        return bytes(value >>> 8 & 0xff, value & 0xff);
    }

    private static byte[] u32(long value) {
        return concat(u16((int) (value >>> 16) & 0xffff), u16((int) value & 0xffff));
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] mac(String text) {
        return HexFormat.ofDelimiter(":").parseHex(text);
    }
}
