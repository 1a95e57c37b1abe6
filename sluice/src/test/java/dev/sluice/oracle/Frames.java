package dev.sluice.oracle;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Bytes of Ethernet frames: what the scenario's words and the transcript's words share.
///
/// Written from the RFCs and apart from `dev.sluice.wire` on purpose, so that a mistake there
/// cannot hide itself here.
final class Frames {
    static final int ETHERNET_BYTES = 14;
    static final int IPV4 = 0x0800;
    static final int IPV6 = 0x86dd;
    static final int ICMP = 1;
    static final int IPV4_IN = 4;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int IPV6_IN = 41;
    static final int FRAGMENT_6 = 44;
    static final int GRE = 47;
    static final int SCTP = 132;
    static final int ICMP_6 = 58;

    static final byte[] NONE = {};
    private static final int PING_IDENTIFIER = 0xfe9c;

    static byte[] ethernet(byte[] destination, byte[] source, byte[] packet) {
        int type = packet[0] >> 4 == 4 ? IPV4 : IPV6;
        return ByteBuffer.allocate(ETHERNET_BYTES + packet.length)
                .put(destination)
                .put(source)
                .putShort((short) type)
                .put(packet)
                .array();
    }

    static int etherType(byte[] frame) {
        return u16(frame, 12);
    }

    static byte[] packet(byte[] frame) {
        return Arrays.copyOfRange(frame, ETHERNET_BYTES, frame.length);
    }

    static byte[] destinationMac(byte[] frame) {
        return Arrays.copyOf(frame, 6);
    }

    /// An ICMP echo request from the gateway to the director itself.
    static byte[] ping(int sequence) {
        byte[] echo = echo(8, PING_IDENTIFIER, sequence);
        byte[] packet =
                ipv4(ICMP, address(Wire.GATEWAY), address(Wire.DIRECTOR), 64, 0, 0, 0, NONE, echo);
        return ethernet(Wire.mac(Wire.directorMac()), Wire.mac(Wire.gatewayMac()), packet);
    }

    static boolean isPong(byte[] frame, int sequence) {
        int icmp = ETHERNET_BYTES + 20;
        return etherType(frame) == IPV4
                && frame[ETHERNET_BYTES + 9] == ICMP
                && frame[icmp] == 0
                && u16(frame, icmp + 4) == PING_IDENTIFIER
                && u16(frame, icmp + 6) == sequence;
    }

    /// ARP; IPv6's neighbour, router and group messages; complaints about fragments whose rest
    /// never came, half a minute ago in another scenario. All this is the host's own talk.
    static boolean isHousekeeping(byte[] frame) {
        return switch (etherType(frame)) {
            case IPV4 -> {
                int icmp = ETHERNET_BYTES + 20;
                yield frame[ETHERNET_BYTES + 9] == ICMP
                        && frame[ETHERNET_BYTES + 8] == 64
                        && frame[icmp] == 11
                        && frame[icmp + 1] == 1;
            }
            case IPV6 -> {
                int next = frame[ETHERNET_BYTES + 6];
                int type = frame[ETHERNET_BYTES + 40] & 0xff;
                int code = frame[ETHERNET_BYTES + 41];
                yield next == 0 || (next == ICMP_6 && (type >= 130 || (type == 3 && code == 1)));
            }
            default -> true;
        };
    }

    static byte[] echo(int type, int identifier, int sequence) {
        return withChecksum(
                ByteBuffer.allocate(8)
                        .put((byte) type)
                        .put((byte) 0)
                        .putShort((short) 0)
                        .putShort((short) identifier)
                        .putShort((short) sequence)
                        .array(),
                2,
                0);
    }

    /// An IPv4 packet; `flags` holds the three flag bits and the fragment offset as on the wire.
    static byte[] ipv4(
            int protocol,
            byte[] source,
            byte[] destination,
            int ttl,
            int tos,
            int id,
            int flags,
            byte[] options,
            byte[] body) {
        int header = 20 + options.length;
        byte[] packet =
                ByteBuffer.allocate(header + body.length)
                        .put((byte) (0x40 | header / 4))
                        .put((byte) tos)
                        .putShort((short) (header + body.length))
                        .putShort((short) id)
                        .putShort((short) flags)
                        .put((byte) ttl)
                        .put((byte) protocol)
                        .putShort((short) 0)
                        .put(source)
                        .put(destination)
                        .put(options)
                        .put(body)
                        .array();
        put16(packet, 10, complement(sum(packet, 0, header, 0)));
        return packet;
    }

    static byte[] ipv6(
            int next,
            byte[] source,
            byte[] destination,
            int hopLimit,
            int trafficClass,
            int flow,
            byte[] body) {
        return ByteBuffer.allocate(40 + body.length)
                .putInt(6 << 28 | trafficClass << 20 | flow)
                .putShort((short) body.length)
                .put((byte) next)
                .put((byte) hopLimit)
                .put(source)
                .put(destination)
                .put(body)
                .array();
    }

    /// Sum of the pseudo header, RFC 9293 §3.1 and RFC 8200 §8.1.
    static int pseudoSum(byte[] source, byte[] destination, int protocol, int length) {
        return sum(source, 0, source.length, 0)
                + sum(destination, 0, destination.length, 0)
                + protocol
                + length;
    }

    static byte[] withChecksum(byte[] bytes, int offset, int initial) {
        put16(bytes, offset, 0);
        put16(bytes, offset, complement(sum(bytes, 0, bytes.length, initial)));
        return bytes;
    }

    /// SCTP's checksum as it lies in the header.
    static int crc32c(byte[] packet) {
        byte[] zeroed = packet.clone();
        Arrays.fill(zeroed, 8, 12, (byte) 0);
        CRC32C crc = new CRC32C();
        crc.update(zeroed);
        return Integer.reverseBytes((int) crc.getValue());
    }

    static int sum(byte[] bytes, int from, int to, int initial) {
        long sum = initial;
        for (int i = from; i < to; i += 2) {
            sum += (bytes[i] & 0xff) << 8 | (i + 1 < to ? bytes[i + 1] & 0xff : 0);
        }
        return fold(sum);
    }

    static int fold(long sum) {
        long folded = sum;
        while (folded >> 16 != 0) {
            folded = (folded & 0xffff) + (folded >> 16);
        }
        return (int) folded;
    }

    static int complement(int sum) {
        return ~fold(sum) & 0xffff;
    }

    static int u8(byte[] bytes, int offset) {
        return bytes[offset] & 0xff;
    }

    static int u16(byte[] bytes, int offset) {
        return u8(bytes, offset) << 8 | u8(bytes, offset + 1);
    }

    static long u32(byte[] bytes, int offset) {
        return (long) u16(bytes, offset) << 16 | u16(bytes, offset + 2);
    }

    static void put16(byte[] bytes, int offset, int value) {
        bytes[offset] = (byte) (value >> 8);
        bytes[offset + 1] = (byte) value;
    }

    static byte[] address(String text) {
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an address: " + text, e);
        }
    }

    /// The address as people write it; IPv6 with its longest run of zeros left out (RFC 5952).
    static String text(byte[] address) {
        if (address.length == 4) {
            return "%d.%d.%d.%d"
                    .formatted(u8(address, 0), u8(address, 1), u8(address, 2), u8(address, 3));
        }
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int length = 0;
            while (i + length < 8 && u16(address, 2 * (i + length)) == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = i;
                bestLength = length;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
            } else {
                if (i > 0 && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(u16(address, 2 * i)));
            }
        }
        return text.toString();
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private Frames() {}
}
