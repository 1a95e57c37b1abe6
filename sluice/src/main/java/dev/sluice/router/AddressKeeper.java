package dev.sluice.router;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Route;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.Set;

/// Puts virtual addresses and routes in place and takes them away. The kernel's "is there already"
/// and "is not there" are no errors: what counts is how it is afterwards.
final class AddressKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(AddressKeeper.class);

    private record Place(int interfaceIndex, Address address) {}

    private final Rtnetlink netlink;
    private final Interfaces interfaces;
    private final Set<Place> installed = new HashSet<>();

    AddressKeeper(Rtnetlink netlink, Interfaces interfaces) {
        this.netlink = netlink;
        this.interfaces = interfaces;
    }

    void install(Instance instance) {
        for (VirtualAddress address : instance.allAddresses()) {
            Link link = linkOf(instance, address);
            if (link == null) {
                LOG.warn(
                        "({}) no interface {} for {}",
                        instance.name(),
                        interfaceOf(instance, address),
                        address);
                continue;
            }
            attempt(
                    instance,
                    "add " + address,
                    Errno.EEXIST,
                    () ->
                            netlink.addresses()
                                    .add(
                                            link.index(),
                                            address.address(),
                                            address.prefixBits(),
                                            address.appearance()));
            if (address.isWatched()) {
                installed.add(new Place(link.index(), address.address()));
            }
        }
        for (VirtualRoute route : instance.routes()) {
            attempt(
                    instance,
                    "add route to " + route,
                    Errno.EEXIST,
                    () -> netlink.routes().add(kernelRoute(instance, route)));
        }
    }

    void remove(Instance instance) {
        for (VirtualRoute route : instance.routes().reversed()) {
            attempt(
                    instance,
                    "remove route to " + route,
                    Errno.ESRCH,
                    () -> netlink.routes().delete(kernelRoute(instance, route)));
        }
        for (VirtualAddress address : instance.allAddresses().reversed()) {
            Link link = linkOf(instance, address);
            if (link != null) {
                installed.remove(new Place(link.index(), address.address()));
                attempt(
                        instance,
                        "remove " + address,
                        Errno.EADDRNOTAVAIL,
                        () ->
                                netlink.addresses()
                                        .delete(
                                                link.index(),
                                                address.address(),
                                                address.prefixBits()));
            }
        }
    }

    /// Whether an address that the kernel says is gone was to stay.
    boolean isMissed(int interfaceIndex, Address address) {
        return installed.contains(new Place(interfaceIndex, address));
    }

    private Route kernelRoute(Instance instance, VirtualRoute route) {
        Route made =
                Route.to(route.destination(), route.prefixBits())
                        .ofType(route.type())
                        .inTable(route.table())
                        .withMetric(route.metric());
        Address gateway = route.gateway();
        if (gateway != null) {
            made = made.via(gateway);
        }
        if (route.source() != null) {
            made = made.withSource(route.source());
        }
        String named = route.interfaceName();
        if (named == null && (gateway != null || route.type() != Route.Type.UNICAST)) {
            return made;
        }
        Link link = interfaces.named(named == null ? instance.interfaceName() : named);
        return link == null ? made : made.on(link.index());
    }

    private @Nullable Link linkOf(Instance instance, VirtualAddress address) {
        return interfaces.named(interfaceOf(instance, address));
    }

    static String interfaceOf(Instance instance, VirtualAddress address) {
        String named = address.interfaceName();
        return named == null ? instance.interfaceName() : named;
    }

    private void attempt(Instance instance, String what, int harmless, Runnable call) {
        try {
            call.run();
        } catch (LinuxException e) {
            if (e.errno() != harmless && e.errno() != Errno.ENODEV) {
                LOG.error("({}) cannot {}: {}", instance.name(), what, e.getMessage());
            }
        }
    }
}
