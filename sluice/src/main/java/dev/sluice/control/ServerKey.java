package dev.sluice.control;

import dev.sluice.wire.Address;

/// What identifies a real server within its service.
///
/// @param port 1–65535, or 0: the port the client used
public record ServerKey(Address address, int port) {

    @Override
    public String toString() {
        return address.withPort(port);
    }
}
