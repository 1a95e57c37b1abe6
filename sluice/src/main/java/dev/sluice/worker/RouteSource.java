package dev.sluice.worker;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// The kernel's routing and neighbour tables, as far as a worker asks them. Calls block for some
/// microseconds; [RouteCache] remembers the answers.
public interface RouteSource {

    /// A route.
    ///
    /// @param nextHop the gateway, or the destination itself when it is on the link
    /// @param sourceMac the interface's link address in the low 48 bits, or -1 when it has none
    record Answer(
            int interfaceIndex, int mtuBytes, boolean local, Address nextHop, long sourceMac) {}

    /// The route to a destination as if sent from `source` (null: the kernel chooses), or null when
    /// there is none.
    @Nullable Answer route(@Nullable Address source, Address destination);

    /// The link address of a neighbour in the low 48 bits, or -1 when the kernel does not know it.
    long linkAddress(int interfaceIndex, Address neighbour);

    /// Asks the kernel to resolve a neighbour, or to keep it fresh; the result arrives as a
    /// notification.
    void use(int interfaceIndex, Address neighbour);
}
