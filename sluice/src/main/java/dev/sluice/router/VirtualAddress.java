package dev.sluice.router;

import dev.sluice.net.netlink.Addresses;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// An address that the active router has.
///
/// @param interfaceName null: that of the virtual router
/// @param isWatched whether its removal by others costs the router its place
public record VirtualAddress(
        Address address,
        int prefixBits,
        @Nullable String interfaceName,
        Addresses.Appearance appearance,
        boolean isWatched) {

    /// On the router's own interface. IPv6 addresses of a single machine are not for sending from,
    /// as with keepalived.
    public static VirtualAddress of(Address address, int prefixBits) {
        boolean isSource = !address.isIpv6() || prefixBits < address.bits();
        return new VirtualAddress(
                address, prefixBits, null, new Addresses.Appearance("", null, 0, isSource), true);
    }

    public VirtualAddress labelled(String label) {
        return new VirtualAddress(
                address,
                prefixBits,
                interfaceName,
                new Addresses.Appearance(
                        label, appearance.broadcast(), appearance.scope(), appearance.isSource()),
                isWatched);
    }

    public VirtualAddress on(String name) {
        return new VirtualAddress(address, prefixBits, name, appearance, isWatched);
    }

    @Override
    public String toString() {
        return address + "/" + prefixBits;
    }
}
