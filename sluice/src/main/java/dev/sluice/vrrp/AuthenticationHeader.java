package dev.sluice.vrrp;

import dev.sluice.wire.Bytes;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The IP Authentication Header (RFC 4302) of version 2, between IP header and message.
///
/// ```
/// +---------+---------+-------------------+
/// |   112   | length 4|         0         |  0
/// +---------+---------+-------------------+
/// |  SPI: the sender's IPv4 address       |  4
/// +---------------------------------------+
/// |  sequence number, from 1 upwards      |  8
/// +---------------------------------------+
/// |  ICV: HMAC-MD5 cut to 96 bits         | 12
/// +---------------------------------------+
/// ```
///
/// The ICV covers the IP header without the fields that routers change, this header with an ICV of
/// 0, and the message.
final class AuthenticationHeader {

    static final int BYTES = 24;

    private static final int LENGTH_WORDS = 4; // in units of 4 bytes, less 2
    private static final int ICV = 12;
    private static final int ICV_BYTES = 12;

    private AuthenticationHeader() {}

    static long sequence(MemorySegment frame, long header) {
        return Bytes.u32(frame, header + 8);
    }

    static boolean isWellFormed(MemorySegment frame, long header, int length) {
        return length >= BYTES
                && Bytes.u8(frame, header) == IpProtocol.VRRP
                && Bytes.u8(frame, header + 1) == LENGTH_WORDS;
    }

    /// Writes the header in front of a finished message, after a finished IP header of 20 bytes.
    ///
    /// @param isUnicast then routers may have counted the TTL down, and the ICV leaves it out
    static void emit(
            MemorySegment frame, long ip, int length, long sequence, long key, boolean isUnicast) {
        long header = ip + Ipv4.HEADER_BYTES;
        Bytes.u8(frame, header, IpProtocol.VRRP);
        Bytes.u8(frame, header + 1, LENGTH_WORDS);
        Bytes.u16(frame, header + 2, 0);
        Bytes.u32(frame, header + 4, Ipv4.source(frame, ip));
        Bytes.u32(frame, header + 8, sequence);
        MemorySegment.copy(
                MemorySegment.ofArray(icv(frame, ip, length, key, isUnicast)),
                0,
                frame,
                header + ICV,
                ICV_BYTES);
    }

    static boolean isGenuine(
            MemorySegment frame, long ip, int length, long key, boolean isUnicast) {
        long icv = ip + Ipv4.headerLength(frame, ip) + ICV;
        byte[] expected = icv(frame, ip, length, key, isUnicast);
        return MemorySegment.ofArray(expected).mismatch(frame.asSlice(icv, ICV_BYTES)) == -1;
    }

    private static byte[] icv(
            MemorySegment frame, long ip, int length, long key, boolean isUnicast) {
        byte[] covered = frame.asSlice(ip, length).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment copy = MemorySegment.ofArray(covered);
        int header = Ipv4.headerLength(copy, 0);
        Ipv4.tos(copy, 0, 0);
        Ipv4.fragmentWord(copy, 0, 0);
        Ipv4.checksum(copy, 0, 0);
        if (isUnicast) {
            Ipv4.ttl(copy, 0, 0);
        }
        copy.asSlice(header + ICV, ICV_BYTES).fill((byte) 0);
        try {
            Mac mac = Mac.getInstance("HmacMD5");
            byte[] secret = ByteBuffer.allocate(Long.BYTES).putLong(key).array();
            mac.init(new SecretKeySpec(secret, mac.getAlgorithm()));
            return Arrays.copyOf(mac.doFinal(covered), ICV_BYTES);
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible); // every Java has HmacMD5
        }
    }
}
