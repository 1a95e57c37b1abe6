package dev.sluice.wire;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// An IP address of either family, as a value. IPv4: `high` is 0 and `low` the address as an
/// unsigned 32-bit number (10.0.0.1 is `0x0a000001`). IPv6: the two halves, most significant first.
///
/// The packet path does not use this class; there an address is the same pair of longs, unwrapped.
public record Address(Family family, long high, long low) {

    public static final Address ANY_IPV4 = ipv4(0);
    public static final Address ANY_IPV6 = new Address(Family.IPV6, 0, 0);

    public Address {
        if (family == Family.IPV4 && (high != 0 || low >>> 32 != 0)) {
            throw new IllegalArgumentException("an IPv4 address has 32 bits");
        }
    }

    public static Address ipv4(int bits) {
        return new Address(Family.IPV4, 0, bits & 0xffff_ffffL);
    }

    public static Address ipv6(long high, long low) {
        return new Address(Family.IPV6, high, low);
    }

    /// Four or sixteen bytes in network order.
    public static Address of(byte[] bytes) {
        long high = 0;
        long low = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes.length - i > 8) {
                high = high << 8 | bytes[i] & 0xff;
            } else {
                low = low << 8 | bytes[i] & 0xff;
            }
        }
        return switch (bytes.length) {
            case 4 -> new Address(Family.IPV4, 0, low);
            case 16 -> new Address(Family.IPV6, high, low);
            default -> throw new IllegalArgumentException("4 or 16 bytes, not " + bytes.length);
        };
    }

    /// Reads the usual text forms: four decimal parts, or RFC 4291 §2.2 including `::` and an
    /// embedded IPv4 tail. No zone index, no names.
    ///
    /// @throws IllegalArgumentException when the text is neither
    public static Address parse(String text) {
        Address address = text.indexOf(':') >= 0 ? parseIpv6(text) : parseIpv4(text);
        if (address == null) {
            throw new IllegalArgumentException("not an IP address: '" + text + "'");
        }
        return address;
    }

    public boolean isIpv6() {
        return family == Family.IPV6;
    }

    /// 32 or 128.
    public int bits() {
        return isIpv6() ? 128 : 32;
    }

    public byte[] bytes() {
        byte[] bytes = new byte[isIpv6() ? 16 : 4];
        for (int i = 0; i < bytes.length; i++) {
            int shift = 8 * (bytes.length - 1 - i);
            bytes[i] = (byte) (shift >= 64 ? high >>> (shift - 64) : low >>> shift);
        }
        return bytes;
    }

    /// This address with all but the first `prefixBits` bits cleared.
    public Address masked(int prefixBits) {
        if (!isIpv6()) {
            return ipv4(prefixBits == 0 ? 0 : (int) low & -1 << (32 - prefixBits));
        }
        long highMask = prefixBits >= 64 ? -1 : prefixBits == 0 ? 0 : -1L << (64 - prefixBits);
        long lowMask = prefixBits <= 64 ? 0 : -1L << (128 - prefixBits);
        return ipv6(high & highMask, low & lowMask);
    }

    /// `10.0.0.1`, or RFC 5952 with the embedded IPv4 form for `::ffff:0:0/96` and `::/96`, as
    /// `inet_ntop` prints.
    @Override
    public String toString() {
        return isIpv6() ? ipv6Text() : ipv4Text((int) low);
    }

    /// `10.0.0.1:80` or `[2001:db8::1]:80`.
    public String withPort(int port) {
        return isIpv6() ? "[" + this + "]:" + port : this + ":" + port;
    }

    private static String ipv4Text(int bits) {
        return (bits >>> 24)
                + "."
                + (bits >>> 16 & 0xff)
                + "."
                + (bits >>> 8 & 0xff)
                + "."
                + (bits & 0xff);
    }

    private String ipv6Text() {
        if (high == 0 && low >>> 32 == 0xffffL) {
            return "::ffff:" + ipv4Text((int) low);
        }
        if (high == 0 && low >>> 32 == 0 && low >>> 16 != 0) {
            return "::" + ipv4Text((int) low);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (int) ((i < 4 ? high : low) >>> (48 - 16 * (i & 3)) & 0xffff);
        }
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                bestStart = i;
                bestLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }

    private static @Nullable Address parseIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return null;
        }
        int bits = 0;
        for (String part : parts) {
            if (!part.matches("[0-9]{1,3}") || Integer.parseInt(part) > 255) {
                return null;
            }
            bits = bits << 8 | Integer.parseInt(part);
        }
        return ipv4(bits);
    }

    private static @Nullable Address parseIpv6(String text) {
        String head = text;
        String tail = "";
        int gap = text.indexOf("::");
        if (gap >= 0) {
            head = text.substring(0, gap);
            tail = text.substring(gap + 2);
            if (tail.contains("::")) {
                return null;
            }
        }
        List<Integer> first = groups(head, gap < 0 || tail.isEmpty());
        List<Integer> last = groups(tail, true);
        if (first == null || last == null) {
            return null;
        }
        int count = first.size() + last.size();
        if (gap < 0 ? count != 8 : count > 7) {
            return null;
        }
        int[] all = new int[8];
        for (int i = 0; i < first.size(); i++) {
            all[i] = first.get(i);
        }
        for (int i = 0; i < last.size(); i++) {
            all[8 - last.size() + i] = last.get(i);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < 4; i++) {
            high = high << 16 | all[i];
            low = low << 16 | all[4 + i];
        }
        return ipv6(high, low);
    }

    private static @Nullable List<Integer> groups(String text, boolean mayEndInIpv4) {
        List<Integer> groups = new ArrayList<>();
        if (text.isEmpty()) {
            return groups;
        }
        String[] parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && mayEndInIpv4 && parts[i].indexOf('.') >= 0) {
                Address embedded = parseIpv4(parts[i]);
                if (embedded == null) {
                    return null;
                }
                groups.add((int) (embedded.low() >>> 16));
                groups.add((int) embedded.low() & 0xffff);
            } else if (parts[i].matches("[0-9a-fA-F]{1,4}")) {
                groups.add(Integer.parseInt(parts[i], 16));
            } else {
                return null;
            }
        }
        return groups;
    }
}
