package dev.sluice.lab;

import dev.sluice.wire.Address;

/// What clients ask: HTTP over TCP, or the echo over UDP, at an address and port.
public record Target(boolean udp, Address address, int port) {

    public static Target http(Address address, int port) {
        return new Target(false, address, port);
    }

    public static Target udp(Address address, int port) {
        return new Target(true, address, port);
    }

    /// As in a browser, or as in a packet filter.
    @Override
    public String toString() {
        if (udp) {
            return "udp " + address.withPort(port);
        }
        String host =
                port != 80
                        ? address.withPort(port)
                        : address.isIpv6() ? "[" + address + "]" : address.toString();
        return "http://" + host + "/";
    }
}
