package dev.sluice.worker;

import dev.sluice.net.netlink.Prefix;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Routes and neighbours in memory: every destination is on the link of interface 7 with an MTU of
/// 1500, and its neighbour known, unless said otherwise. Who watches hears of each change at once.
final class FakeKernel implements RouteSource {

    static final int INTERFACE = 7;
    static final long INTERFACE_MAC = 0x02_00_00_00_00_07L;
    static final Answer ON_LINK = new Answer(List.of(onLink(1500)));

    static final Address SOURCE = Address.parse("10.0.0.254");
    static final Address SOURCE_6 = Address.parse("2001:db8:10::254");

    private final Map<Prefix, @Nullable Answer> routes = new HashMap<>();
    private final Map<Address, Long> neighbours = new HashMap<>();
    private final List<RouteCache> watchers = new ArrayList<>();
    private AddressPieces pieces = AddressPieces.WHOLE;

    /// Questions asked, as `source > destination`.
    final List<String> asked = new ArrayList<>();

    /// Questions for a source address.
    int sourcesAsked;

    /// Neighbours to be resolved or kept fresh.
    final List<Address> used = new ArrayList<>();

    /// Whether news are still on their way.
    boolean newsAreLate;

    /// Whether there is no room for more neighbours to be resolved.
    boolean busy;

    static Hop onLink(int mtuBytes) {
        return new Hop(INTERFACE, mtuBytes, null, INTERFACE_MAC, 1);
    }

    static Hop via(String gateway, int weight) {
        return new Hop(INTERFACE, 1500, Address.parse(gateway), INTERFACE_MAC, weight);
    }

    RouteCache watchedBy(RouteCache watcher) {
        watchers.add(watcher);
        return watcher;
    }

    AddressPieces pieces() {
        return pieces;
    }

    /// @param destination an address, or a network such as 10.0.0.0/8
    void route(String destination, @Nullable Answer answer) {
        Prefix prefix = prefix(destination);
        routes.put(prefix, answer);
        pieces = pieces.cutAt(List.of(prefix));
        tell(prefix);
    }

    void deleteRoute(String destination) {
        Prefix prefix = prefix(destination);
        routes.remove(prefix);
        tell(prefix);
    }

    private void tell(Prefix changed) {
        if (!newsAreLate) {
            watchers.forEach(watcher -> watcher.forget(pieces, List.of(changed)));
        }
    }

    private static Prefix prefix(String text) {
        int slash = text.indexOf('/');
        Address address = Address.parse(slash < 0 ? text : text.substring(0, slash));
        return Prefix.of(
                address,
                slash < 0 ? address.bits() : Integer.parseInt(text, slash + 1, text.length(), 10));
    }

    void mtu(String destination, int bytes) {
        route(destination, new Answer(List.of(onLink(bytes))));
    }

    void noRoute(String destination) {
        route(destination, null);
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
        return answer(destination);
    }

    /// By the longest prefix.
    @Nullable Answer answer(Address destination) {
        return routes.keySet().stream()
                .filter(it ->
                        it.contains(destination.family(), destination.high(), destination.low()))
                .max(Comparator.comparingInt(Prefix::bits))
                .map(it -> Optional.ofNullable(routes.get(it)))
                .orElse(Optional.of(ON_LINK))
                .orElse(null);
    }

    @Override
    public Address source(Address destination) {
        sourcesAsked++;
        return destination.isIpv6() ? SOURCE_6 : SOURCE;
    }

    @Override
    public long linkAddress(HopKey neighbour) {
        Address address = neighbour.address();
        return Objects.requireNonNullElse(neighbours.get(address), mac(address));
    }

    @Override
    public boolean use(HopKey neighbour) {
        if (!busy) {
            used.add(neighbour.address());
        }
        return !busy;
    }
}
