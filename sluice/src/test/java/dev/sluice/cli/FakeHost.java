package dev.sluice.cli;

import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// A machine that knows what a test tells it, and `localhost` and `ip6-localhost`.
final class FakeHost implements Host {

    private final Map<String, Address> addresses = new HashMap<>();
    private final Map<Address, String> names = new HashMap<>();
    private final Map<String, Integer> ports = new HashMap<>();
    private final Map<String, String> services = new HashMap<>();
    private final Set<String> interfaces = new HashSet<>();

    FakeHost() {
        addHost("127.0.0.1", "localhost");
        addHost("::1", "ip6-localhost");
    }

    void addHost(String address, String name) {
        addresses.put(name, Address.parse(address));
        names.put(Address.parse(address), name);
    }

    /// @param portAndProtocol such as `80/tcp`
    void addService(String portAndProtocol, String name) {
        String[] parts = portAndProtocol.split("/", -1);
        ports.put(name + "/" + parts[1], Integer.parseInt(parts[0]));
        services.put(portAndProtocol, name);
    }

    void addInterface(String name) {
        interfaces.add(name);
    }

    @Override
    public @Nullable Address address(String name) {
        Address address = addresses.get(name);
        return address == null || address.isIpv6() ? null : address;
    }

    @Override
    public @Nullable String name(Address address) {
        return names.get(address);
    }

    @Override
    public int port(String service, Protocol protocol) {
        return ports.getOrDefault(service + "/" + name(protocol), -1);
    }

    @Override
    public @Nullable String service(int port, Protocol protocol) {
        return services.get(port + "/" + name(protocol));
    }

    @Override
    public boolean hasInterface(String name) {
        return interfaces.contains(name);
    }

    private static String name(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }
}
