package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// ICMP header, RFC 792. In an error the packet it is about follows (the quote).
///
/// ```
///  0      7 8     15 16             31
/// +--------+--------+----------------+
/// |  type  |  code  |    checksum    |  0
/// +--------+--------+----------------+
/// |  echo: identifier | sequence     |  4
/// |  error: unused    | next-hop MTU |
/// +-------------------+--------------+
/// |       quoted IP packet           |  8
/// ```
public final class Icmp {

    public static final int HEADER_BYTES = 8;

    public static final int ECHO_REPLY = 0;
    public static final int DESTINATION_UNREACHABLE = 3;
    public static final int SOURCE_QUENCH = 4;
    public static final int REDIRECT = 5;
    public static final int ECHO_REQUEST = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PARAMETER_PROBLEM = 12;

    /// Codes of destination unreachable.
    public static final int NETWORK_UNREACHABLE = 0;

    public static final int HOST_UNREACHABLE = 1;
    public static final int PROTOCOL_UNREACHABLE = 2;
    public static final int PORT_UNREACHABLE = 3;
    public static final int FRAGMENTATION_NEEDED = 4;

    /// Where the checksum lies.
    public static final int CHECKSUM = 2;

    private static final int TYPE = 0;
    private static final int CODE = 1;
    private static final int IDENTIFIER = 4;
    private static final int SEQUENCE = 6;
    private static final int MTU = 6;

    private Icmp() {}

    /// An error about a packet of a flow, which it quotes. A redirect is none: it speaks to the
    /// sender's routing.
    public static boolean isFlowError(int type) {
        return type == DESTINATION_UNREACHABLE || type == SOURCE_QUENCH || type == TIME_EXCEEDED;
    }

    public static int type(MemorySegment frame, long icmp) {
        return Bytes.u8(frame, icmp + TYPE);
    }

    public static void type(MemorySegment frame, long icmp, int type) {
        Bytes.u8(frame, icmp + TYPE, type);
    }

    public static int code(MemorySegment frame, long icmp) {
        return Bytes.u8(frame, icmp + CODE);
    }

    public static void code(MemorySegment frame, long icmp, int code) {
        Bytes.u8(frame, icmp + CODE, code);
    }

    public static int checksum(MemorySegment frame, long icmp) {
        return Bytes.u16(frame, icmp + CHECKSUM);
    }

    public static void checksum(MemorySegment frame, long icmp, int checksum) {
        Bytes.u16(frame, icmp + CHECKSUM, checksum);
    }

    /// Of an echo message.
    public static int identifier(MemorySegment frame, long icmp) {
        return Bytes.u16(frame, icmp + IDENTIFIER);
    }

    public static void identifier(MemorySegment frame, long icmp, int identifier) {
        Bytes.u16(frame, icmp + IDENTIFIER, identifier);
    }

    /// Of an echo message.
    public static int sequence(MemorySegment frame, long icmp) {
        return Bytes.u16(frame, icmp + SEQUENCE);
    }

    public static void sequence(MemorySegment frame, long icmp, int sequence) {
        Bytes.u16(frame, icmp + SEQUENCE, sequence);
    }

    /// Of *fragmentation needed* (RFC 1191); 0 if the router did not know it.
    public static int mtu(MemorySegment frame, long icmp) {
        return Bytes.u16(frame, icmp + MTU);
    }

    public static void mtu(MemorySegment frame, long icmp, int mtu) {
        Bytes.u16(frame, icmp + MTU, mtu);
    }
}
