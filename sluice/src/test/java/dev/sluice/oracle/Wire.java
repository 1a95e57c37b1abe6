package dev.sluice.oracle;

import java.util.HexFormat;
import java.util.Set;

/// The one link between the director and everybody else, and who is who on it.
///
/// ```
///  clients 172.16.0.0/16, 2001:db8:c::/64
///     |
///  gateway 172.31.255.254, 2001:db8:ff::fe
///     |
///  ---+---------------------+-------------------------+---
///                           |                         |
///  director 172.31.255.1, 10.0.0.254   real servers 10.0.0.11 to 10.0.0.60
///           2001:db8:ff::1                          2001:db8:10::11 to 2001:db8:10::60
///  virtual 192.168.1.100, .101, .102
///          2001:db8:1::100, ::101
/// ```
///
/// 10.9.0.0/16 and 2001:db8:9::/48 are unreachable. The MAC address of a real server carries its
/// number, so the next hop that the director chose can be read off the frame.
final class Wire {
    static final String GATEWAY = "172.31.255.254";
    static final String GATEWAY_6 = "2001:db8:ff::fe";
    static final String DIRECTOR = "172.31.255.1";
    static final int FIRST_SERVER = 11;
    static final int LAST_SERVER = 60;

    private static final Set<String> OWN =
            Set.of(
                    DIRECTOR,
                    "10.0.0.254",
                    "192.168.1.100",
                    "192.168.1.101",
                    "192.168.1.102",
                    "2001:db8:ff::1",
                    "2001:db8:10::254",
                    "2001:db8:1::100",
                    "2001:db8:1::101");

    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");
    private static final String V4_SERVER = "10.0.0.";
    private static final String V6_SERVER = "2001:db8:10::";

    static String directorMac() {
        return "02:00:00:00:00:01";
    }

    static String gatewayMac() {
        return "02:00:00:00:00:fe";
    }

    static String serverMac(int number, boolean ipv6) {
        return "02:00:%02x:00:00:%02x".formatted(ipv6 ? 6 : 4, number);
    }

    static String serverAddress(int number, boolean ipv6) {
        return (ipv6 ? V6_SERVER : V4_SERVER) + number;
    }

    /// The director's own address among the real servers.
    static String serverSideAddress(boolean ipv6) {
        return ipv6 ? "2001:db8:10::254" : "10.0.0.254";
    }

    static byte[] mac(String text) {
        return COLONS.parseHex(text);
    }

    /// The neighbour with this MAC address: `gateway`, or a real server's address.
    static String neighbour(byte[] mac) {
        String text = COLONS.formatHex(mac);
        if (text.equals(gatewayMac())) {
            return "gateway";
        }
        if (text.startsWith("02:00:04:00:00:") || text.startsWith("02:00:06:00:00:")) {
            return serverAddress(mac[5] & 0xff, mac[2] == 6);
        }
        return text;
    }

    /// The MAC address that stands for this next hop, the opposite of [#neighbour].
    static byte[] macOf(String nextHop) {
        if (nextHop.startsWith(V4_SERVER)) {
            return mac(serverMac(Integer.parseInt(nextHop.substring(V4_SERVER.length())), false));
        }
        if (nextHop.startsWith(V6_SERVER)) {
            return mac(serverMac(Integer.parseInt(nextHop.substring(V6_SERVER.length())), true));
        }
        return mac(gatewayMac());
    }

    /// Whether the director has no route to this address.
    static boolean isUnreachable(String address) {
        return address.startsWith("10.9.") || address.startsWith("2001:db8:9:");
    }

    /// Whether this is one of the director's own addresses.
    static boolean isOwn(String address) {
        return OWN.contains(address);
    }

    private Wire() {}
}
