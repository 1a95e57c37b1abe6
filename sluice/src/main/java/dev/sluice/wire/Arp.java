package dev.sluice.wire;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// An ARP message for IPv4 over Ethernet, RFC 826.
///
/// ```
///  0      2      4    5    6      8          14       18         24       28
/// +------+------+----+----+------+----------+--------+----------+--------+
/// |  1   |0x0800| 6  | 4  |  op  |sender MAC|sender IP|target MAC|target IP|
/// +------+------+----+----+------+----------+--------+----------+--------+
/// ```
///
/// MAC addresses are 48-bit, IP addresses unsigned 32-bit numbers.
public record Arp(int operation, long senderMac, long senderIp, long targetMac, long targetIp) {

    public static final int BYTES = 28;

    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    /// Ethernet, IPv4, and the lengths of their addresses.
    private static final long FIXED = 0x0001_0800_0604L;

    /// Reads a message; null if it is not ARP for IPv4 over Ethernet, or cut.
    public static @Nullable Arp parse(MemorySegment frame, long arp, int length) {
        if (length < BYTES || Bytes.u48(frame, arp) != FIXED) {
            return null;
        }
        return new Arp(
                Bytes.u16(frame, arp + 6),
                Bytes.u48(frame, arp + 8),
                Bytes.u32(frame, arp + 14),
                Bytes.u48(frame, arp + 18),
                Bytes.u32(frame, arp + 24));
    }

    /// Who has `targetIp`? Tell the sender.
    public static Arp request(long senderMac, long senderIp, long targetIp) {
        return new Arp(REQUEST, senderMac, senderIp, 0, targetIp);
    }

    /// The answer to this request: the target is at `mac`.
    public Arp reply(long mac) {
        return new Arp(
                REPLY,
                /* senderMac= */ mac,
                /* senderIp= */ targetIp,
                /* targetMac= */ senderMac,
                /* targetIp= */ senderIp);
    }

    /// Writes [#BYTES] bytes.
    public void emit(MemorySegment frame, long arp) {
        Bytes.u48(frame, arp, FIXED);
        Bytes.u16(frame, arp + 6, operation);
        Bytes.u48(frame, arp + 8, senderMac);
        Bytes.u32(frame, arp + 14, senderIp);
        Bytes.u48(frame, arp + 18, targetMac);
        Bytes.u32(frame, arp + 24, targetIp);
    }
}
