package dev.sluice.worker;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// The kernel's routing and neighbour tables, as far as a worker asks them. [#route] blocks for
/// some microseconds, so [RouteCache] asks once for all destinations that must get the same answer;
/// the others never block.
public interface RouteSource {

    /// One next hop of a route.
    ///
    /// @param gateway null when the destination itself is on the link
    /// @param sourceMac the interface's link address in the low 48 bits, or -1 when it has none
    /// @param weight its share among the hops of a multi-path route, from 1
    record Hop(
            int interfaceIndex,
            int mtuBytes,
            @Nullable Address gateway,
            long sourceMac,
            int weight) {}

    /// A route.
    ///
    /// @param hops one, or those of a multi-path route; none for addresses of this machine
    record Answer(List<Hop> hops) {

        boolean isLocal() {
            return hops.isEmpty();
        }
    }

    /// The route to a destination as if sent from `source` (null: the kernel chooses), or null when
    /// there is none. Every destination in the same of the [AddressPieces] has it too.
    @Nullable Answer route(@Nullable Address source, Address destination);

    /// The address that a packet of this machine's own to a destination comes from, or null.
    @Nullable Address source(Address destination);

    /// The link address of a neighbour in the low 48 bits, or -1 when the kernel does not know it.
    long linkAddress(HopKey neighbour);

    /// Has the kernel resolve a neighbour, or keep it fresh, soon; the result arrives as news.
    ///
    /// @return false when too many are waiting for that already
    boolean use(HopKey neighbour);
}
