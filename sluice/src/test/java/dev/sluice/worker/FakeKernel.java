package dev.sluice.worker;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Routes and neighbours in memory: every destination is on the link of interface 7 with an MTU of
/// 1500, and its neighbour known, unless said otherwise.
final class FakeKernel implements RouteSource {

    static final int INTERFACE = 7;
    static final long INTERFACE_MAC = 0x02_00_00_00_00_07L;

    private final Map<Address, Answer> routes = new HashMap<>();
    private final Map<Address, Long> neighbours = new HashMap<>();

    /// Questions asked, as `source > destination`.
    final List<String> asked = new ArrayList<>();

    /// Neighbours to be resolved or kept fresh.
    final List<Address> used = new ArrayList<>();

    void route(String destination, Answer answer) {
        routes.put(Address.parse(destination), answer);
    }

    void mtu(String destination, int bytes) {
        Address address = Address.parse(destination);
        route(destination, new Answer(INTERFACE, bytes, false, address, INTERFACE_MAC));
    }

    void noRoute(String destination) {
        routes.put(Address.parse(destination), null);
    }

    void neighbour(String address, long mac) {
        neighbours.put(Address.parse(address), mac);
    }

    /// A link address that is made from the last part of an address.
    static long mac(Address address) {
        return 0x02_00_00_00_01_00L | address.low() & 0xff;
    }

    @Override
    public @Nullable Answer route(@Nullable Address source, Address destination) {
        asked.add((source == null ? "*" : source) + " > " + destination);
        if (routes.containsKey(destination)) {
            return routes.get(destination);
        }
        return new Answer(INTERFACE, 1500, false, destination, INTERFACE_MAC);
    }

    @Override
    public long linkAddress(int interfaceIndex, Address neighbour) {
        return Objects.requireNonNullElse(neighbours.get(neighbour), mac(neighbour));
    }

    @Override
    public void use(int interfaceIndex, Address neighbour) {
        used.add(neighbour);
    }
}
