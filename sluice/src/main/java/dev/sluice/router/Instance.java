package dev.sluice.router;

import dev.sluice.vrrp.RouterSettings;
import dev.sluice.vrrp.Tracker;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.Stream;

/// A virtual router and where it lives.
///
/// @param router its trackers are named by [#interfaceTracker] and the like
/// @param source what to send from; null: the interface's first address, or of IPv6 multicast its
///   link-local one
/// @param addresses those in the advertisement, in the same order
/// @param excluded further ones, of either family
public record Instance(
        RouterSettings router,
        String interfaceName,
        @Nullable Address source,
        List<VirtualAddress> addresses,
        List<VirtualAddress> excluded,
        List<VirtualRoute> routes,
        Notify scripts) {

    private static final String INTERFACE = "interface ";

    public Instance {
        addresses = List.copyOf(addresses);
        excluded = List.copyOf(excluded);
        routes = List.copyOf(routes);
        if (!router.addresses().equals(addresses.stream().map(VirtualAddress::address).toList())) {
            throw new IllegalArgumentException(
                    router.name() + " advertises other addresses than it installs");
        }
    }

    /// A virtual router that stands aside when its interface is down.
    public static Instance of(
            RouterSettings router, String interfaceName, List<VirtualAddress> addresses) {
        Tracker own = interfaceTracker(interfaceName, 0, false);
        boolean isTracked =
                router.trackers().stream().anyMatch(tracker -> tracker.name().equals(own.name()));
        RouterSettings settings =
                router.with(it -> {
                    it.addresses = addresses.stream().map(VirtualAddress::address).toList();
                    it.trackers =
                            isTracked
                                    ? router.trackers()
                                    : Stream.concat(Stream.of(own), router.trackers().stream())
                                            .toList();
                });
        return new Instance(
                settings, interfaceName, null, addresses, List.of(), List.of(), Notify.NOBODY);
    }

    public Instance notifying(Notify newScripts) {
        return new Instance(router, interfaceName, source, addresses, excluded, routes, newScripts);
    }

    public Instance from(Address address) {
        return new Instance(router, interfaceName, address, addresses, excluded, routes, scripts);
    }

    public String name() {
        return router.name();
    }

    List<VirtualAddress> allAddresses() {
        return Stream.concat(addresses.stream(), excluded.stream()).toList();
    }

    /// Good while the interface is up and has a carrier.
    public static Tracker interfaceTracker(String name, int weight, boolean reverse) {
        return new Tracker(
                INTERFACE + name, Tracker.Kind.YES_OR_NO, weight, reverse, Tracker.Initially.GOOD);
    }

    /// The interface's name, or null when the tracker is about something else.
    static @Nullable String trackedInterface(Tracker tracker) {
        return tracker.name().startsWith(INTERFACE)
                ? tracker.name().substring(INTERFACE.length())
                : null;
    }
}
