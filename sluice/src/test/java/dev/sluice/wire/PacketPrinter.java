package dev.sluice.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Packets as text, for failures: once as the [PacketBuilder] words that make it, ready to paste,
/// and once as tcpdump would say it.
public final class PacketPrinter {

    private PacketPrinter() {}

    /// Both texts, on a line each; what is malformed as hexadecimal.
    public static String describe(byte[] packet) {
        return describe(MemorySegment.ofArray(packet));
    }

    public static String describe(MemorySegment packet) {
        PacketView view = new PacketView();
        Malformed malformed = view.parse(packet, 0, (int) packet.byteSize());
        if (malformed != null) {
            return "malformed (" + malformed + "): " + hex(packet, 0, (int) packet.byteSize());
        }
        return describe(view);
    }

    public static String describe(PacketView view) {
        return builder(view) + "\n  " + line(view);
    }

    /// The words that build this packet.
    public static String builder(byte[] packet) {
        return builder(parse(packet));
    }

    public static String builder(PacketView view) {
        StringBuilder text = new StringBuilder();
        MemorySegment frame = view.frame();
        text.append(view.isIpv6() ? "ipv6(\"" : "ipv4(\"")
                .append(source(view))
                .append("\", \"")
                .append(destination(view))
                .append("\")");
        if (view.ttl() != 64) {
            text.append(".ttl(").append(view.ttl()).append(')');
        }
        if (view.trafficClass() != 0) {
            text.append(".tos(0x").append(Integer.toHexString(view.trafficClass())).append(')');
        }
        if (view.isIpv6()) {
            if (Ipv6.flowLabel(frame, view.ip()) != 0) {
                text.append(".flowLabel(").append(Ipv6.flowLabel(frame, view.ip())).append(')');
            }
            extensions(view, text);
        } else {
            if (view.isFragment()) {
                text.append(fragment(view));
            } else if (view.fragmentId() != 0) {
                text.append(".id(").append(view.fragmentId()).append(')');
            }
            if (view.dontFragment()) {
                text.append(".df()");
            }
            if (view.headerLength() > Ipv4.HEADER_BYTES) {
                text.append(".options(")
                        .append(ints(frame, view.ip() + 20, view.headerLength() - 20))
                        .append(')');
            }
        }
        transport(view, text);
        if (!Rewrite.isChecksumRight(view)) {
            text.append(isPartial(view) ? ".partialChecksum()" : ".wrongChecksum()");
        }
        return text.toString();
    }

    /// As tcpdump says it, more or less.
    public static String line(byte[] packet) {
        return line(parse(packet));
    }

    public static String line(PacketView view) {
        MemorySegment frame = view.frame();
        String ports = view.hasPorts() ? "." + view.sourcePort() : "";
        String toPorts = view.hasPorts() ? "." + view.destinationPort() : "";
        StringBuilder text = new StringBuilder(view.isIpv6() ? "IP6 " : "IP ");
        text.append(source(view)).append(ports).append(" > ");
        text.append(destination(view)).append(toPorts).append(": ");
        if (view.isLaterFragment()) {
            text.append("protocol ").append(view.protocol());
        } else if (view.protocol() == IpProtocol.TCP) {
            text.append("Flags [").append(flags(view.tcpFlags())).append(']');
            text.append(", seq ").append(Tcp.sequence(frame, view.transport()));
            if ((view.tcpFlags() & Tcp.ACK) != 0) {
                text.append(", ack ").append(Tcp.acknowledgement(frame, view.transport()));
            }
            text.append(", win ").append(Tcp.window(frame, view.transport()));
            text.append(", length ").append(view.payloadLength());
        } else if (view.protocol() == IpProtocol.UDP) {
            text.append("UDP, length ").append(view.payloadLength());
        } else if (view.protocol() == IpProtocol.SCTP) {
            text.append("sctp, length ").append(view.payloadLength());
        } else if (view.isIcmp()) {
            text.append(view.isIpv6() ? "ICMP6" : "ICMP");
            text.append(" type ").append(view.icmpType()).append(" code ").append(view.icmpCode());
            text.append(", length ").append(view.transportLength());
            if (view.hasQuote()) {
                text.append(", about ").append(quote(view));
            }
        } else {
            text.append("protocol ").append(view.protocol());
            text.append(", length ").append(view.transportLength());
        }
        text.append(" (ttl ").append(view.ttl());
        if (view.trafficClass() != 0) {
            text.append(", tos 0x").append(Integer.toHexString(view.trafficClass()));
        }
        if (view.fragmentId() != 0) {
            text.append(", id ").append(Integer.toUnsignedString(view.fragmentId()));
        }
        if (!view.isIpv6() && view.dontFragment()) {
            text.append(", DF");
        }
        if (view.isFragment()) {
            text.append(", frag ").append(view.fragmentOffset());
            text.append(view.isLastFragment() ? "" : "+");
        }
        text.append(", length ").append(view.length()).append(')');
        if (!Rewrite.isChecksumRight(view)) {
            text.append(isPartial(view) ? " partial checksum" : " WRONG CHECKSUM");
        }
        return text.toString();
    }

    private static PacketView parse(byte[] packet) {
        PacketView view = new PacketView();
        Malformed malformed = view.parse(MemorySegment.ofArray(packet), 0, packet.length);
        if (malformed != null) {
            throw new IllegalArgumentException(malformed + ": " + HexFormat.of().formatHex(packet));
        }
        return view;
    }

    private static Address source(PacketView view) {
        return address(view.isIpv6(), view.sourceHigh(), view.sourceLow());
    }

    private static Address destination(PacketView view) {
        return address(view.isIpv6(), view.destinationHigh(), view.destinationLow());
    }

    private static Address address(boolean ipv6, long high, long low) {
        return ipv6 ? Address.ipv6(high, low) : Address.ipv4((int) low);
    }

    private static String quote(PacketView view) {
        boolean ipv6 = view.quote().isIpv6();
        Address source = address(ipv6, view.quote().sourceHigh(), view.quote().sourceLow());
        Address destination =
                address(ipv6, view.quote().destinationHigh(), view.quote().destinationLow());
        String from = view.quotedHasPorts() ? "." + view.quote().sourcePort() : "";
        String to = view.quotedHasPorts() ? "." + view.quote().destinationPort() : "";
        return source + from + " > " + destination + to + " protocol " + view.quote().protocol();
    }

    private static void extensions(PacketView view, StringBuilder text) {
        MemorySegment frame = view.frame();
        int next = Ipv6.nextHeader(frame, view.ip());
        long at = view.ip() + Ipv6.HEADER_BYTES;
        while (at < view.transport()) {
            int field = Bytes.u8(frame, at + 1);
            int bytes =
                    switch (next) {
                        case IpProtocol.FRAGMENT -> 8;
                        case IpProtocol.AH -> (field + 2) * 4;
                        default -> (field + 1) * 8;
                    };
            if (next == IpProtocol.FRAGMENT) {
                text.append(".fragment(")
                        .append(Ipv6.fragmentOffset(frame, at))
                        .append(", ")
                        .append(Ipv6.moreFragments(frame, at))
                        .append(", ")
                        .append(Ipv6.fragmentId(frame, at))
                        .append(')');
            } else {
                text.append(".extension(")
                        .append(next)
                        .append(", ")
                        .append(ints(frame, at, bytes))
                        .append(')');
            }
            next = Bytes.u8(frame, at);
            at += bytes;
        }
    }

    private static String fragment(PacketView view) {
        return ".fragment("
                + view.fragmentOffset()
                + ", "
                + !view.isLastFragment()
                + ", "
                + view.fragmentId()
                + ")";
    }

    private static void transport(PacketView view, StringBuilder text) {
        MemorySegment frame = view.frame();
        long at = view.transport();
        // A first fragment's checksum covers more than is here: only its bytes rebuild it.
        if (view.isFragment() || !view.hasPorts() && !view.isIcmp()) {
            text.append(".transportBytes(")
                    .append(view.protocol())
                    .append(", ")
                    .append(bytes(frame, at, view.transportLength(), false))
                    .append(')');
            return;
        }
        String ports = "(" + view.sourcePort() + ", " + view.destinationPort() + ")";
        switch (view.protocol()) {
            case IpProtocol.TCP -> {
                text.append(".tcp").append(ports);
                text.append(".flags(\"").append(flags(view.tcpFlags())).append("\")");
                if (Tcp.sequence(frame, at) != 1) {
                    text.append(".seq(").append(Tcp.sequence(frame, at)).append("L)");
                }
                if (Tcp.acknowledgement(frame, at) != 1) {
                    text.append(".ack(").append(Tcp.acknowledgement(frame, at)).append("L)");
                }
                if (Tcp.window(frame, at) != 65535) {
                    text.append(".window(").append(Tcp.window(frame, at)).append(')');
                }
                int options = Tcp.headerLength(frame, at) - Tcp.HEADER_BYTES;
                if (options == 4 && Bytes.u16(frame, at + 20) == 0x0204) {
                    text.append(".mss(").append(Bytes.u16(frame, at + 22)).append(')');
                } else if (options > 0) {
                    text.append(".tcpOptions(").append(ints(frame, at + 20, options)).append(')');
                }
            }
            case IpProtocol.UDP -> {
                text.append(".udp").append(ports);
                if (Udp.checksum(frame, at) == 0) {
                    text.append(".noChecksum()");
                }
            }
            case IpProtocol.SCTP -> text.append(".sctp").append(ports);
            default ->
                    text.append(".icmp(")
                            .append(view.icmpType())
                            .append(", ")
                            .append(view.icmpCode())
                            .append(", 0x")
                            .append(Long.toHexString(Bytes.u32(frame, at + 4)))
                            .append(')');
        }
        if (view.payloadLength() > 0) {
            text.append(".payload(")
                    .append(bytes(frame, view.payload(), view.payloadLength(), true))
                    .append(')');
        }
    }

    private static boolean isPartial(PacketView view) {
        int at =
                switch (view.protocol()) {
                    case IpProtocol.TCP -> Tcp.CHECKSUM;
                    case IpProtocol.UDP -> Udp.CHECKSUM;
                    default -> -1;
                };
        long sum =
                Checksum.pseudoSum(
                        view.sourceHigh(),
                        view.sourceLow(),
                        view.destinationHigh(),
                        view.destinationLow(),
                        view.protocol(),
                        view.transportLength());
        return at >= 0 && Bytes.u16(view.frame(), view.transport() + at) == Checksum.fold(sum);
    }

    /// tcpdump's letters, in its order.
    static String flags(int flags) {
        String letters = "FSRP.UEC";
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < 8; bit++) {
            if ((flags & 1 << bit) != 0) {
                text.append(letters.charAt(bit));
            }
        }
        return text.toString();
    }

    /// A string literal if it is text, else an expression that gives the bytes.
    private static String bytes(MemorySegment frame, long offset, int length, boolean mayBeText) {
        byte[] bytes = frame.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
        boolean text = mayBeText;
        for (byte b : bytes) {
            text &= b >= ' ' && b < 0x7f && b != '"' && b != '\\';
        }
        return text
                ? '"' + new String(bytes, StandardCharsets.US_ASCII) + '"'
                : "HexFormat.of().parseHex(\"" + HexFormat.of().formatHex(bytes) + "\")";
    }

    private static String ints(MemorySegment frame, long offset, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(i == 0 ? "" : ", ").append(Bytes.u8(frame, offset + i));
        }
        return text.toString();
    }

    private static String hex(MemorySegment frame, long offset, int length) {
        return HexFormat.of()
                .formatHex(frame.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    }
}
