package dev.sluice.cli;

import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// `address[:port]` as `-t`, `-u` and `-r` take it.
///
/// @param port -1 when none was written
record Endpoint(Address address, int port) {

    /// Reads a word, or returns null when it is refused. Square brackets are needed before an IPv6
    /// port; around IPv4 they make the port disappear, as in the original.
    ///
    /// @param protocol whose port names are known, or null
    static @Nullable Endpoint parse(String word, @Nullable Protocol protocol, Host host) {
        if (word.isEmpty() || word.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        if (word.charAt(0) != '[') {
            Address ipv6 = ipv6(word);
            return ipv6 != null ? new Endpoint(ipv6, -1) : parseIpv4(word, protocol, host);
        }
        int close = word.indexOf("]:");
        if (close < 0) {
            return null;
        }
        String inside = word.substring(1, close);
        Address ipv6 = ipv6(inside);
        if (ipv6 == null) {
            return parseIpv4(inside, protocol, host);
        }
        int port = port(word.substring(close + 2), protocol, host);
        return port < 0 ? null : new Endpoint(ipv6, port);
    }

    private static @Nullable Endpoint parseIpv4(
            String word, @Nullable Protocol protocol, Host host) {
        int colon = word.indexOf(':');
        Address address = address(colon < 0 ? word : word.substring(0, colon), host);
        if (address == null || colon < 0) {
            return address == null ? null : new Endpoint(address, -1);
        }
        int port = port(word.substring(colon + 1), protocol, host);
        return port < 0 ? null : new Endpoint(address, port);
    }

    /// An IPv4 address in any classic form, or a host name; null when it is neither.
    static @Nullable Address address(String word, Host host) {
        Address address = classicIpv4(word);
        return address != null || word.isEmpty() ? address : host.address(word);
    }

    /// An IPv6 address, without brackets or zone, or null.
    static @Nullable Address ipv6(String word) {
        if (word.indexOf(':') < 0) {
            return null;
        }
        try {
            return Address.parse(word);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /// inet_aton(3): one to four parts, decimal, octal (`010`) or hexadecimal (`0x0a`); the last
    /// one fills what is missing. A blank ends the address.
    static @Nullable Address classicIpv4(String word) {
        int end = 0;
        while (end < word.length() && !Decimal.isBlank(word.charAt(end))) {
            end++;
        }
        String[] parts = word.substring(0, end).split("\\.", -1);
        if (parts.length > 4) {
            return null;
        }
        long bits = 0;
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            int width = last ? 8 * (4 - i) : 8;
            long part = part(parts[i]);
            if (part < 0 || part >= 1L << width) {
                return null;
            }
            bits = bits << width | part;
        }
        return Address.ipv4((int) bits);
    }

    private static long part(String text) {
        int radix = 10;
        String digits = text;
        if (text.startsWith("0x") || text.startsWith("0X")) {
            radix = 16;
            digits = text.substring(2);
        } else if (text.length() > 1 && text.charAt(0) == '0') {
            radix = 8;
            digits = text.substring(1);
        }
        if (digits.isEmpty()) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            value = value * radix + digit;
            if (digit < 0 || value > 0xffff_ffffL) {
                return -1;
            }
        }
        return value;
    }

    private static int port(String word, @Nullable Protocol protocol, Host host) {
        Long number = Decimal.parse(word, 0, 65535);
        if (number != null) {
            return number.intValue();
        }
        return protocol == null || word.isEmpty() ? -1 : host.port(word, protocol);
    }
}
