package dev.sluice.config.ldirectord;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

/// Hosts and ports, written as numbers or as names that the machine knows. IPv6 addresses are in
/// brackets, and others may be.
final class Names {

    private static final int MOST = 65_535;

    private final Machine machine;

    Names(Machine machine) {
        this.machine = machine;
    }

    /// Null when it is no address of the family, and no name of one.
    @Nullable Address address(HostPort text, boolean isIpv6) {
        Family family = isIpv6 ? Family.IPV6 : Family.IPV4;
        if (text.host().isEmpty()) {
            return null;
        }
        try {
            Address address = Address.parse(text.host());
            return address.family() == family ? address : null;
        } catch (IllegalArgumentException _) {
            boolean isName = text.host().matches("[A-Za-z0-9._-]*[A-Za-z][A-Za-z0-9._-]*");
            return isName ? machine.address(text.host(), family) : null;
        }
    }

    /// Null when it is no port and no name of a service of the transport.
    ///
    /// @param transport `tcp` or `udp`; null: names are not known, numbers only
    @Nullable Integer port(String text, @Nullable String transport) {
        if (text.matches("[0-9]{1,9}")) {
            int port = Integer.parseInt(text);
            return port <= MOST ? port : null;
        }
        return transport == null || text.isEmpty() ? null : machine.port(text, transport);
    }
}
