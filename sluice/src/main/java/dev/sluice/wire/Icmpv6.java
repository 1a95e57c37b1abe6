package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// ICMPv6 header, RFC 4443. Types below 128 are errors and quote the packet they are about.
///
/// ```
///  0      7 8     15 16             31
/// +--------+--------+----------------+
/// |  type  |  code  |    checksum    |  0
/// +--------+--------+----------------+
/// |  echo: identifier | sequence     |  4
/// |  packet too big: MTU             |
/// +----------------------------------+
/// |  error: quoted IPv6 packet       |  8
/// ```
///
/// Type, code, checksum, identifier and sequence lie where [Icmp] has them; the checksum covers a
/// pseudo-header.
public final class Icmpv6 {

    public static final int HEADER_BYTES = 8;

    public static final int DESTINATION_UNREACHABLE = 1;
    public static final int PACKET_TOO_BIG = 2;
    public static final int TIME_EXCEEDED = 3;
    public static final int PARAMETER_PROBLEM = 4;
    public static final int ECHO_REQUEST = 128;
    public static final int ECHO_REPLY = 129;
    public static final int NEIGHBOUR_SOLICITATION = 135;
    public static final int NEIGHBOUR_ADVERTISEMENT = 136;
    public static final int REDIRECT = 137;

    /// Codes of destination unreachable.
    public static final int NO_ROUTE = 0;

    public static final int ADMINISTRATIVELY_PROHIBITED = 1;
    public static final int ADDRESS_UNREACHABLE = 3;
    public static final int PORT_UNREACHABLE = 4;

    private static final int MTU = 4;

    private Icmpv6() {}

    public static boolean isError(int type) {
        return type < 128;
    }

    public static int type(MemorySegment frame, long icmp) {
        return Icmp.type(frame, icmp);
    }

    public static void type(MemorySegment frame, long icmp, int type) {
        Icmp.type(frame, icmp, type);
    }

    public static int code(MemorySegment frame, long icmp) {
        return Icmp.code(frame, icmp);
    }

    public static void code(MemorySegment frame, long icmp, int code) {
        Icmp.code(frame, icmp, code);
    }

    public static int checksum(MemorySegment frame, long icmp) {
        return Icmp.checksum(frame, icmp);
    }

    public static void checksum(MemorySegment frame, long icmp, int checksum) {
        Icmp.checksum(frame, icmp, checksum);
    }

    /// Of *packet too big*, unsigned 32 bits.
    public static long mtu(MemorySegment frame, long icmp) {
        return Bytes.u32(frame, icmp + MTU);
    }

    public static void mtu(MemorySegment frame, long icmp, long mtu) {
        Bytes.u32(frame, icmp + MTU, mtu);
    }
}
