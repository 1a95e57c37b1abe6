package dev.sluice.oracle;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Builds a packet from a line of a scenario:
///
/// ```
/// tcp 172.16.0.1:1000 > 192.168.1.100:80 SA seq=1 ack=2 payload=100
/// udp [2001:db8:c::1]:53 > [2001:db8:1::100]:53 payload=hex:00ff
/// echo 172.16.0.1 > 192.168.1.100 seq=1
/// sctp 172.16.0.1:1000 > 192.168.1.100:80 COOKIE_ACK,DATA tag=7 payload=16
/// esp 172.16.0.1 > 192.168.1.100 payload=40
/// icmp 3/4 10.0.0.1 > 172.16.0.1 rest=1400 about udp 172.16.0.1:53 > 10.0.0.11:53
/// ipip 10.0.0.254 > 10.0.0.11 df carries udp 172.16.0.1:53 > 192.168.1.100:53
/// ```
///
/// Everywhere: `ttl= tos= id= df payload= sum=bad`. IPv4 also `options=HEX`, IPv6 `flow=`. TCP:
/// flags are letters of `SAFRPU` or `-` for none, `seq= ack= win= tcpoptions=HEX`. UDP: `sum=none`.
/// SCTP: names of chunks, `-` for none, each with the payload. Tunnel packets are `ipip`, `gre`
/// (`gresum`: with a checksum) and `gue` (with ports). ICMP: `rest=` is the second word, `quote=`
/// how many bytes are quoted. A payload `payload=3000 fragment=1480 order=2,0,1` goes out in pieces
/// of 1480 bytes, in that order.
final class PacketReader {
    private static final int QUOTE_BYTES = 548;
    private static final int AH = 51;
    private static final int ESP = 50;

    /// Types of chunks by their numbers (RFC 9260 §3.2).
    static final List<String> CHUNKS =
            List.of(
                    "DATA",
                    "INIT",
                    "INIT_ACK",
                    "SACK",
                    "HEARTBEAT",
                    "HEARTBEAT_ACK",
                    "ABORT",
                    "SHUTDOWN",
                    "SHUTDOWN_ACK",
                    "ERROR",
                    "COOKIE_ECHO",
                    "COOKIE_ACK",
                    "ECNE",
                    "CWR",
                    "SHUTDOWN_COMPLETE");

    private final List<String> words;
    private final Map<String, String> fields = new HashMap<>();
    private final List<String> bare = new ArrayList<>();

    /// The packets of one line: one, or several fragments.
    static List<byte[]> read(String line) {
        return new PacketReader(line).packets();
    }

    private PacketReader(String line) {
        String head = line;
        for (String part : List.of("about", "carries")) {
            int at = head.indexOf(" " + part + " ");
            if (at >= 0) {
                fields.put(part, line.substring(at + part.length() + 2));
                head = head.substring(0, at);
            }
        }
        words = List.of(head.strip().split("\\s+"));
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                fields.put(word.substring(0, equals), word.substring(equals + 1));
            } else {
                bare.add(word);
            }
        }
    }

    private List<byte[]> packets() {
        String kind = bare.getFirst();
        int arrow = bare.indexOf(">");
        Endpoint from = Endpoint.of(bare.get(arrow - 1));
        Endpoint to = Endpoint.of(bare.get(arrow + 1));
        boolean ipv6 = from.address.length == 16;
        int protocol =
                switch (kind) {
                    case "tcp" -> Frames.TCP;
                    case "udp" -> Frames.UDP;
                    case "sctp" -> Frames.SCTP;
                    case "ah" -> AH;
                    case "esp" -> ESP;
                    case "echo", "icmp" -> ipv6 ? Frames.ICMP_6 : Frames.ICMP;
                    case "ipip" -> carried()[0] >> 4 == 6 ? Frames.IPV6_IN : Frames.IPV4_IN;
                    case "gre" -> Frames.GRE;
                    case "gue" -> Frames.UDP;
                    default -> throw new IllegalArgumentException("unknown packet " + kind);
                };
        byte[] body =
                switch (kind) {
                    case "tcp" -> tcp(from, to);
                    case "udp" -> udp(from, to);
                    case "sctp" -> sctp(from, to);
                    case "ah", "esp" -> payload();
                    case "echo" -> echo(from, to, ipv6);
                    case "ipip" -> carried();
                    case "gre" -> gre();
                    case "gue" -> gue(from, to);
                    default -> icmp(from, to, ipv6);
                };
        if (fields.containsKey("fragment")) {
            return fragments(protocol, from, to, body, ipv6);
        }
        return List.of(ip(protocol, from, to, body, ipv6, bare.contains("df") ? 0x4000 : 0));
    }

    private byte[] ip(
            int protocol, Endpoint from, Endpoint to, byte[] body, boolean ipv6, int flags) {
        int ttl = number("ttl", 64);
        int tos = number("tos", 0);
        return ipv6
                ? Frames.ipv6(protocol, from.address, to.address, ttl, tos, number("flow", 0), body)
                : Frames.ipv4(
                        protocol,
                        from.address,
                        to.address,
                        ttl,
                        tos,
                        number("id", 4660),
                        flags,
                        hex("options"),
                        body);
    }

    private List<byte[]> fragments(
            int protocol, Endpoint from, Endpoint to, byte[] body, boolean ipv6) {
        int size = number("fragment", 0);
        List<byte[]> pieces = new ArrayList<>();
        for (int offset = 0; offset < body.length; offset += size) {
            int end = Math.min(offset + size, body.length);
            int more = end < body.length ? 1 : 0;
            byte[] part = Arrays.copyOfRange(body, offset, end);
            if (ipv6) {
                byte[] header =
                        ByteBuffer.allocate(8)
                                .put((byte) protocol)
                                .put((byte) 0)
                                .putShort((short) (offset | more))
                                .putInt(number("id", 4660))
                                .array();
                pieces.add(ip(Frames.FRAGMENT_6, from, to, Frames.concat(header, part), true, 0));
            } else {
                pieces.add(ip(protocol, from, to, part, false, offset / 8 | more << 13));
            }
        }
        if (!fields.containsKey("order")) {
            return pieces;
        }
        List<byte[]> ordered = new ArrayList<>();
        for (String index : field("order", "").split(",", -1)) {
            ordered.add(pieces.get(Integer.parseInt(index)));
        }
        return ordered;
    }

    private byte[] tcp(Endpoint from, Endpoint to) {
        int flags = 0;
        String letters = bare.get(bare.indexOf(">") + 2);
        for (int i = 0; i < letters.length(); i++) {
            char letter = letters.charAt(i);
            flags |= letter == '-' ? 0 : 1 << "FSRPAU".indexOf(letter);
        }
        byte[] options = hex("tcpoptions");
        byte[] payload = payload();
        byte[] segment =
                ByteBuffer.allocate(20 + options.length + payload.length)
                        .putShort((short) from.port)
                        .putShort((short) to.port)
                        .putInt(number("seq", 1))
                        .putInt(number("ack", 0))
                        .put((byte) ((20 + options.length) / 4 << 4))
                        .put((byte) flags)
                        .putShort((short) number("win", 512))
                        .putShort((short) 0)
                        .putShort((short) 0)
                        .put(options)
                        .put(payload)
                        .array();
        return checked(segment, 16, from, to, Frames.TCP);
    }

    private byte[] carried() {
        return read(field("carries", "")).getFirst();
    }

    private byte[] gre() {
        byte[] inner = carried();
        boolean sum = bare.contains("gresum");
        byte[] header =
                ByteBuffer.allocate(sum ? 8 : 4)
                        .putShort((short) (sum ? 0x8000 : 0))
                        .putShort((short) (inner[0] >> 4 == 6 ? Frames.IPV6 : Frames.IPV4))
                        .array();
        byte[] all = Frames.concat(header, inner);
        return sum ? Frames.withChecksum(all, 4, 0) : all;
    }

    private byte[] gue(Endpoint from, Endpoint to) {
        byte[] inner = carried();
        return ByteBuffer.allocate(12 + inner.length)
                .putShort((short) from.port)
                .putShort((short) to.port)
                .putShort((short) (12 + inner.length))
                .putShort((short) 0)
                .put((byte) 0)
                .put((byte) (inner[0] >> 4 == 6 ? Frames.IPV6_IN : Frames.IPV4_IN))
                .putShort((short) 0)
                .put(inner)
                .array();
    }

    private byte[] udp(Endpoint from, Endpoint to) {
        byte[] payload = payload();
        byte[] datagram =
                ByteBuffer.allocate(8 + payload.length)
                        .putShort((short) from.port)
                        .putShort((short) to.port)
                        .putShort((short) (8 + payload.length))
                        .putShort((short) 0)
                        .put(payload)
                        .array();
        if (field("sum", "").equals("none")) {
            return datagram;
        }
        checked(datagram, 6, from, to, Frames.UDP);
        if (Frames.u16(datagram, 6) == 0) {
            Frames.put16(datagram, 6, 0xffff);
        }
        return datagram;
    }

    private byte[] sctp(Endpoint from, Endpoint to) {
        String chunks = bare.get(bare.indexOf(">") + 2);
        byte[] body = payload();
        ByteBuffer packet = ByteBuffer.allocate(1500);
        packet.putShort((short) from.port).putShort((short) to.port).putInt(number("tag", 7));
        packet.putInt(0);
        for (String chunk : chunks.equals("-") ? new String[0] : chunks.split(",", -1)) {
            packet.put((byte) CHUNKS.indexOf(chunk)).put((byte) 0);
            packet.putShort((short) (4 + body.length)).put(body);
            packet.position(packet.position() + 3 & ~3);
        }
        byte[] bytes = Arrays.copyOf(packet.array(), packet.position());
        int crc = Frames.crc32c(bytes) ^ (field("sum", "").equals("bad") ? 1 : 0);
        ByteBuffer.wrap(bytes).putInt(8, crc);
        return bytes;
    }

    private byte[] echo(Endpoint from, Endpoint to, boolean ipv6) {
        byte[] request =
                Frames.concat(
                        Frames.echo(ipv6 ? 128 : 8, number("ident", 77), number("seq", 1)),
                        payload());
        return icmpChecked(request, from, to, ipv6);
    }

    private byte[] icmp(Endpoint from, Endpoint to, boolean ipv6) {
        String[] typeAndCode = bare.get(1).split("/", 2);
        byte[] quoted =
                fields.containsKey("about") ? read(field("about", "")).getFirst() : Frames.NONE;
        int length = Math.min(quoted.length, number("quote", QUOTE_BYTES));
        byte[] error =
                ByteBuffer.allocate(8 + length)
                        .put((byte) Integer.parseInt(typeAndCode[0]))
                        .put((byte) Integer.parseInt(typeAndCode[1]))
                        .putShort((short) 0)
                        .putInt(number("rest", 0))
                        .put(quoted, 0, length)
                        .array();
        return icmpChecked(error, from, to, ipv6);
    }

    private byte[] icmpChecked(byte[] message, Endpoint from, Endpoint to, boolean ipv6) {
        if (ipv6) {
            return checked(message, 2, from, to, Frames.ICMP_6);
        }
        return spoiled(Frames.withChecksum(message, 2, 0), 2);
    }

    private byte[] checked(byte[] bytes, int offset, Endpoint from, Endpoint to, int protocol) {
        int pseudo = Frames.pseudoSum(from.address, to.address, protocol, bytes.length);
        return spoiled(Frames.withChecksum(bytes, offset, pseudo), offset);
    }

    private byte[] spoiled(byte[] bytes, int offset) {
        if (field("sum", "").equals("bad")) {
            Frames.put16(bytes, offset, Frames.u16(bytes, offset) ^ 0x0101);
        }
        return bytes;
    }

    private byte[] payload() {
        String text = field("payload", "0");
        if (text.startsWith("hex:")) {
            return HexFormat.of().parseHex(text.substring("hex:".length()));
        }
        byte[] bytes = new byte[Integer.parseInt(text)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ('a' + i % 26);
        }
        return bytes;
    }

    private String field(String name, String otherwise) {
        return fields.getOrDefault(name, otherwise);
    }

    private int number(String name, int otherwise) {
        return fields.containsKey(name) ? Long.decode(field(name, "")).intValue() : otherwise;
    }

    private byte[] hex(String name) {
        return HexFormat.of().parseHex(field(name, ""));
    }

    private static final class Endpoint {
        final byte[] address;
        final int port;

        Endpoint(byte[] address, int port) {
            this.address = address;
            this.port = port;
        }

        static Endpoint of(String text) {
            if (text.startsWith("[")) {
                int close = text.indexOf(']');
                return new Endpoint(
                        Frames.address(text.substring(1, close)),
                        Integer.parseInt(text.substring(close + 2)));
            }
            int colon = text.indexOf(':');
            return colon < 0 || colon != text.lastIndexOf(':')
                    ? new Endpoint(Frames.address(text), 0)
                    : new Endpoint(
                            Frames.address(text.substring(0, colon)),
                            Integer.parseInt(text.substring(colon + 1)));
        }
    }
}
