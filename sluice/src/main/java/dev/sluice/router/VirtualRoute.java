package dev.sluice.router;

import dev.sluice.net.netlink.Route;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// A route that the active router has.
///
/// @param gateway null: the destination is on the link, or nowhere
/// @param interfaceName null: what the gateway's route says
/// @param source null: the kernel's choice
/// @param table 254 is main
public record VirtualRoute(
        Address destination,
        int prefixBits,
        Route.Type type,
        @Nullable Address gateway,
        @Nullable String interfaceName,
        @Nullable Address source,
        int table,
        int metric) {

    @Override
    public String toString() {
        return destination + "/" + prefixBits + (gateway == null ? "" : " via " + gateway);
    }
}
