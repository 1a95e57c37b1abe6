package dev.sluice.cli;

import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// Addresses and ports as text, by number or by name.
final class Names {

    /// Longer names are cut in saves and connection lists.
    private static final int LONGEST = 59;

    private final boolean numeric;
    private final Host host;

    Names(boolean numeric, Host host) {
        this.numeric = numeric;
        this.host = host;
    }

    /// `ADDRESS:PORT`, or with square brackets for IPv6.
    ///
    /// @param protocol whose port names are meant; null: ports have no name
    String endpoint(Address address, int port, @Nullable Protocol protocol) {
        String name = numeric ? null : host.name(address);
        String shown = name == null ? address.toString() : name;
        String bracketed = address.isIpv6() ? "[" + shown + "]" : shown;
        return bracketed + ":" + port(port, protocol);
    }

    /// The same, not longer than a save or a connection list has room for.
    String cutEndpoint(Address address, int port, @Nullable Protocol protocol) {
        return cut(endpoint(address, port, protocol), LONGEST);
    }

    static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }

    private String port(int port, @Nullable Protocol protocol) {
        String name =
                numeric || port == 0 || protocol == null ? null : host.service(port, protocol);
        return name == null ? Integer.toString(port) : name;
    }
}
