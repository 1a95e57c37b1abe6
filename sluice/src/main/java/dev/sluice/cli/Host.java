package dev.sluice.cli;

import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// What a command line asks of the machine: names of hosts and ports, and interfaces.
public interface Host {

    /// The first IPv4 address of a name, or null. Names with IPv6 addresses only do not count.
    @Nullable Address address(String name);

    /// The reverse name of an address, or null.
    @Nullable String name(Address address);

    /// The port of a service name for one protocol, or -1.
    int port(String service, Protocol protocol);

    /// The name of a port for one protocol, or null.
    @Nullable String service(int port, Protocol protocol);

    boolean hasInterface(String name);
}
