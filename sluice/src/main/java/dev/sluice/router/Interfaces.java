package dev.sluice.router;

import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.NetworkEvent;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The interfaces of this namespace and their addresses, as the kernel told last.
final class Interfaces {

    private final Map<Integer, Link> links = new HashMap<>();
    private final List<InterfaceAddress> addresses = new ArrayList<>();

    /// Asks for everything.
    void read(Rtnetlink netlink) {
        links.clear();
        netlink.links().list().forEach(link -> links.put(link.index(), link));
        addresses.clear();
        addresses.addAll(netlink.addresses().list());
    }

    /// Takes note of a change.
    ///
    /// @return false when everything has to be asked for again
    boolean learn(NetworkEvent event) {
        switch (event) {
            case NetworkEvent.LinkEvent(Link link, boolean removed) -> {
                if (removed) {
                    links.remove(link.index());
                    addresses.removeIf(address -> address.interfaceIndex() == link.index());
                } else {
                    links.put(link.index(), link);
                }
            }
            case NetworkEvent.AddressEvent(InterfaceAddress address, boolean removed) -> {
                addresses.removeIf(known -> isSame(known, address));
                if (!removed) {
                    addresses.add(address);
                }
            }
            case NetworkEvent.Lost _ -> {
                return false;
            }
            case NetworkEvent.RouteEvent _,
                    NetworkEvent.RuleEvent _,
                    NetworkEvent.NextHopEvent _,
                    NetworkEvent.NeighbourEvent _ -> {}
        }
        return true;
    }

    private static boolean isSame(InterfaceAddress one, InterfaceAddress other) {
        return one.interfaceIndex() == other.interfaceIndex()
                && one.address().equals(other.address())
                && one.prefixBits() == other.prefixBits();
    }

    /// Null when there is none of that name.
    @Nullable Link named(String name) {
        for (Link link : links.values()) {
            if (link.name().equals(name)) {
                return link;
            }
        }
        return null;
    }

    boolean has(int interfaceIndex, Address address) {
        return addresses.stream()
                .anyMatch(known ->
                        known.interfaceIndex() == interfaceIndex
                                && known.address().equals(address));
    }

    /// What to send from; null when the interface has nothing for it.
    ///
    /// @param linkLocal of IPv6: for neighbours on the link only
    /// @param ours addresses that come and go with virtual routers
    @Nullable Address source(
            int interfaceIndex, Family family, boolean linkLocal, Set<Address> ours) {
        Address secondary = null;
        for (InterfaceAddress known : addresses) {
            Address address = known.address();
            if (known.interfaceIndex() != interfaceIndex
                    || address.family() != family
                    || known.isTentative()
                    || ours.contains(address)
                    || family == Family.IPV6 && known.isLinkLocal() != linkLocal) {
                continue;
            }
            if (!known.isSecondary()) {
                return address;
            }
            secondary = secondary == null ? address : secondary;
        }
        return secondary;
    }
}
