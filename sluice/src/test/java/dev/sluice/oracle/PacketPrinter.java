package dev.sluice.oracle;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.CRC32;

/// Prints a packet with every field that a director could get wrong.
///
/// A checksum is printed as it is, with `(bad)` behind it when it does not fit the packet. An IPv4
/// identification that none of the packets sent carried was made up by the director and shows as
/// `*`, as does the source port of GUE, which only must be the same for a flow. A packet in a
/// tunnel packet follows behind `carries`. A payload shows as its length and a hash.
final class PacketPrinter {
    /// What scenarios give to tunnels.
    private static final int GUE_PORT = 6080;

    private final Set<Integer> knownIds;

    PacketPrinter(Set<Integer> knownIds) {
        this.knownIds = knownIds;
    }

    String print(byte[] packet) {
        try {
            return packet[0] >> 4 == 4 ? ipv4(packet, false) : ipv6(packet, false);
        } catch (ArrayIndexOutOfBoundsException e) {
            return "malformed " + HexFormat.of().formatHex(packet);
        }
    }

    private String ipv4(byte[] packet, boolean quoted) {
        int header = (packet[0] & 15) * 4;
        int length = Frames.u16(packet, 2);
        int id = Frames.u16(packet, 4);
        int flags = Frames.u16(packet, 6);
        StringBuilder fields = new StringBuilder();
        fields.append(" ttl=").append(Frames.u8(packet, 8));
        fields.append(" tos=").append("0x%02x".formatted(packet[1]));
        fields.append(" id=").append(isKnown(packet, id, quoted) ? id : "*");
        fields.append((flags & 0x4000) != 0 ? " df" : "");
        fields.append((flags & 0x2000) != 0 ? " more" : "");
        int offset = (flags & 0x1fff) * 8;
        fields.append(offset != 0 ? " at=" + offset : "");
        fields.append(" len=").append(length);
        if (header > 20) {
            fields.append(" options=").append(HexFormat.of().formatHex(packet, 20, header));
        }
        if (Frames.sum(packet, 0, header, 0) != 0xffff) {
            fields.append(" ipsum=bad");
        }
        if (!quoted && length != packet.length) {
            // A short frame may carry Ethernet padding behind the packet, never less than it.
            fields.append(length < packet.length ? "" : " truncated");
        }
        byte[] source = Arrays.copyOfRange(packet, 12, 16);
        byte[] destination = Arrays.copyOfRange(packet, 16, 20);
        byte[] body = Arrays.copyOfRange(packet, header, Math.min(length, packet.length));
        boolean whole = (flags & 0x3fff) == 0 && length <= packet.length;
        return body(u8(packet, 9), source, destination, body, whole, offset, fields.toString());
    }

    /// A tunnel packet shows whether it has an identification at all.
    private boolean isKnown(byte[] packet, int id, boolean quoted) {
        int protocol = u8(packet, 9);
        boolean tunnel =
                protocol == Frames.IPV4_IN
                        || protocol == Frames.IPV6_IN
                        || protocol == Frames.GRE
                        || protocol == Frames.UDP && isGue(packet);
        return knownIds.contains(id) && (quoted || !isOwnError(packet)) || tunnel && id == 0;
    }

    private static boolean isGue(byte[] packet) {
        return packet.length >= 24 && Frames.u16(packet, 22) == GUE_PORT;
    }

    /// An ICMP error that has not gone a single hop yet: the director made it.
    private static boolean isOwnError(byte[] packet) {
        return u8(packet, 8) == 64 && u8(packet, 9) == Frames.ICMP && packet[20] != 8;
    }

    private String ipv6(byte[] packet, boolean quoted) {
        int length = Frames.u16(packet, 4);
        int next = u8(packet, 6);
        long first = Frames.u32(packet, 0);
        StringBuilder fields = new StringBuilder();
        fields.append(" ttl=").append(u8(packet, 7));
        fields.append(" tos=").append("0x%02x".formatted(first >> 20 & 0xff));
        fields.append((first & 0xfffff) != 0 ? " flow=" + (first & 0xfffff) : "");
        fields.append(" len=").append(length);
        fields.append(!quoted && 40 + length > packet.length ? " truncated" : "");
        int at = 40;
        int offset = 0;
        boolean whole = 40 + length <= packet.length;
        if (next == Frames.FRAGMENT_6) {
            next = u8(packet, at);
            offset = Frames.u16(packet, at + 2) & 0xfff8;
            boolean more = (packet[at + 3] & 1) != 0;
            fields.append(more ? " more" : "").append(" at=").append(offset);
            whole = false;
            at += 8;
        }
        byte[] source = Arrays.copyOfRange(packet, 8, 24);
        byte[] destination = Arrays.copyOfRange(packet, 24, 40);
        byte[] body = Arrays.copyOfRange(packet, at, Math.min(40 + length, packet.length));
        return body(next, source, destination, body, whole, offset, fields.toString());
    }

    private String body(
            int protocol,
            byte[] source,
            byte[] destination,
            byte[] body,
            boolean whole,
            int offset,
            String ip) {
        String from = Frames.text(source);
        String to = Frames.text(destination);
        if (offset != 0 || body.length < 8) {
            return "%s %s > %s%s%s".formatted(name(protocol), from, to, ip, hash(body, 0));
        }
        int pseudo = Frames.pseudoSum(source, destination, protocol, body.length);
        boolean ipv6 = source.length == 16;
        return switch (protocol) {
            case Frames.TCP ->
                    "tcp %s > %s %s"
                            .formatted(
                                    endpoint(from, Frames.u16(body, 0)),
                                    endpoint(to, Frames.u16(body, 2)),
                                    tcp(body, whole, pseudo, ip));
            case Frames.IPV4_IN, Frames.IPV6_IN ->
                    "ipip %s > %s%s".formatted(from, to, ip) + carried(body, 0, whole);
            case Frames.GRE -> gre(from, to, body, whole, ip);
            case Frames.UDP ->
                    Frames.u16(body, 2) == GUE_PORT
                            ? gue(from, to, body, whole, pseudo, ip)
                            : "udp %s > %s%s udplen=%d%s%s"
                                    .formatted(
                                            endpoint(from, Frames.u16(body, 0)),
                                            endpoint(to, Frames.u16(body, 2)),
                                            ip,
                                            Frames.u16(body, 4),
                                            Frames.u16(body, 6) == 0
                                                    ? " sum=none"
                                                    : checksum(body, 6, whole, pseudo),
                                            hash(body, 8));
            case Frames.SCTP ->
                    "sctp %s > %s %s"
                            .formatted(
                                    endpoint(from, Frames.u16(body, 0)),
                                    endpoint(to, Frames.u16(body, 2)),
                                    sctp(body, whole, ip));
            case Frames.ICMP, Frames.ICMP_6 -> icmp(from, to, body, whole, ipv6 ? pseudo : 0, ip);
            default -> "%s %s > %s%s%s".formatted(name(protocol), from, to, ip, hash(body, 0));
        };
    }

    private String carried(byte[] body, int from, boolean whole) {
        return whole && body.length > from
                ? " carries " + print(Arrays.copyOfRange(body, from, body.length))
                : hash(body, from);
    }

    private String gre(String from, String to, byte[] body, boolean whole, String ip) {
        boolean hasSum = (body[0] & 0x80) != 0;
        boolean right = !hasSum || !whole || Frames.sum(body, 0, body.length, 0) == 0xffff;
        return "gre %s > %s%s flags=%04x type=%04x%s"
                        .formatted(
                                from,
                                to,
                                ip,
                                Frames.u16(body, 0),
                                Frames.u16(body, 2),
                                hasSum ? right ? " sum=right" : " sum=bad" : "")
                + carried(body, hasSum ? 8 : 4, whole);
    }

    private String gue(String from, String to, byte[] body, boolean whole, int pseudo, String ip) {
        boolean hasSum = Frames.u16(body, 6) != 0;
        boolean right = !whole || Frames.sum(body, 0, body.length, pseudo) == 0xffff;
        return "gue %s > %s%s udplen=%d sum=%s header=%08x"
                        .formatted(
                                endpoint(from, 0).replaceFirst(":0$", ":*"),
                                endpoint(to, GUE_PORT),
                                ip,
                                Frames.u16(body, 4),
                                hasSum ? right ? "right" : "bad" : "none",
                                Frames.u32(body, 8))
                + carried(body, 12, whole);
    }

    private static String tcp(byte[] body, boolean whole, int pseudo, String ip) {
        String ports = "seq=%d".formatted(Frames.u32(body, 4));
        if (body.length < 20) {
            return ports + ip + hash(body, 8);
        }
        StringBuilder flags = new StringBuilder();
        for (int bit = 0; bit < 6; bit++) {
            if ((body[13] >> bit & 1) != 0) {
                flags.append("FSRPAU".charAt(bit));
            }
        }
        int header = (body[12] >> 4 & 15) * 4;
        String options =
                header > 20 && header <= body.length
                        ? " tcpoptions=" + HexFormat.of().formatHex(body, 20, header)
                        : "";
        return "%s%s %s ack=%d win=%d%s%s%s"
                .formatted(
                        flags.isEmpty() ? "-" : flags,
                        ip,
                        ports,
                        Frames.u32(body, 8),
                        Frames.u16(body, 14),
                        options,
                        checksum(body, 16, whole, pseudo),
                        hash(body, Math.min(header, body.length)));
    }

    private static String sctp(byte[] body, boolean whole, String ip) {
        if (body.length < 12) {
            return ip + hash(body, 4);
        }
        boolean right = !whole || Frames.u32(body, 8) == (Frames.crc32c(body) & 0xffff_ffffL);
        int type = body.length < 16 ? -1 : u8(body, 12);
        String chunk =
                type >= 0 && type < PacketReader.CHUNKS.size()
                        ? PacketReader.CHUNKS.get(type)
                        : "-";
        return "%s%s tag=%d sum=%08x%s%s"
                .formatted(
                        chunk,
                        ip,
                        Frames.u32(body, 4),
                        Frames.u32(body, 8),
                        right ? "" : "(bad)",
                        hash(body, 12));
    }

    private String icmp(String from, String to, byte[] body, boolean whole, int pseudo, String ip) {
        int type = u8(body, 0);
        boolean ipv6 = from.contains(":");
        String head =
                "icmp %d/%d %s > %s%s rest=%d%s"
                        .formatted(
                                type,
                                u8(body, 1),
                                from,
                                to,
                                ip,
                                Frames.u32(body, 4),
                                checksum(body, 2, whole, pseudo));
        boolean error = ipv6 ? type < 128 : type == 3 || type == 11 || type == 4 || type == 12;
        if (!error || body.length < 8 + (ipv6 ? 40 : 20)) {
            return head + hash(body, 8);
        }
        byte[] quote = Arrays.copyOfRange(body, 8, body.length);
        return head + " about " + (ipv6 ? ipv6(quote, true) : ipv4(quote, true));
    }

    private static String checksum(byte[] body, int offset, boolean whole, int pseudo) {
        int value = Frames.u16(body, offset);
        boolean right = !whole || Frames.sum(body, 0, body.length, pseudo) == 0xffff;
        return " sum=%04x%s".formatted(value, right ? "" : "(bad)");
    }

    private static String hash(byte[] bytes, int from) {
        int length = bytes.length - from;
        if (length <= 0) {
            return "";
        }
        CRC32 crc = new CRC32();
        crc.update(bytes, from, length);
        return " payload=%d:%08x".formatted(length, crc.getValue());
    }

    private static String endpoint(String address, int port) {
        return address.contains(":") ? "[" + address + "]:" + port : address + ":" + port;
    }

    private static String name(int protocol) {
        return switch (protocol) {
            case Frames.TCP -> "tcp";
            case Frames.UDP -> "udp";
            case Frames.ICMP, Frames.ICMP_6 -> "icmp";
            default -> "ip" + protocol;
        };
    }

    private static int u8(byte[] bytes, int offset) {
        return Frames.u8(bytes, offset);
    }
}
