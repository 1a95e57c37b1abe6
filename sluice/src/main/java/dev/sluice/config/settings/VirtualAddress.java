package dev.sluice.config.settings;

import dev.sluice.config.text.Place;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// An address that is put on an interface.
///
/// @param interfaceName null: the instance's
/// @param label of IPv4 addresses; null: none
/// @param scope null: global
/// @param flags of `home`, `-nodad`, `mngtmpaddr`, `noprefixroute`, `autojoin` those that were
///   given
/// @param preferredSeconds null: for ever
/// @param isTracked whether losing it costs the mastership
public record VirtualAddress(
        Place place,
        Prefix prefix,
        @Nullable String interfaceName,
        @Nullable String label,
        @Nullable Broadcast broadcast,
        @Nullable String scope,
        @Nullable Prefix peer,
        List<String> flags,
        @Nullable Long preferredSeconds,
        boolean isTracked,
        @Nullable String trackGroup,
        boolean onVirtualMac) {

    /// An address and how many of its bits name the network.
    public record Prefix(Address address, int bits) {

        @Override
        public String toString() {
            return address + "/" + bits;
        }
    }

    public sealed interface Broadcast {}

    public record BroadcastAddress(Address address) implements Broadcast {}

    /// The network's with all host bits set, or cleared.
    public record HostBits(boolean areSet) implements Broadcast {}

    /// A line of `virtual_routes` or `static_routes`.
    ///
    /// @param type `unicast`, `blackhole`, …
    /// @param nextHops empty: none needed
    /// @param table a number or a name; null: main
    /// @param options all others, by the name that `ip route` gives them
    public record Route(
            Place place,
            String type,
            Prefix destination,
            @Nullable Prefix from,
            List<NextHop> nextHops,
            @Nullable Address source,
            @Nullable String table,
            @Nullable Long metric,
            @Nullable String scope,
            Map<String, String> options,
            boolean isTracked,
            @Nullable String trackGroup) {}

    /// At least one of the two is not null.
    public record NextHop(
            @Nullable Address gateway,
            @Nullable String interfaceName,
            int weight,
            boolean isOnLink) {}

    /// A line of `virtual_rules` or `static_rules`.
    ///
    /// @param preference null: one is chosen
    /// @param table null: none
    /// @param mark and its mask, as written
    /// @param options all others, by the name that `ip rule` gives them
    public record Rule(
            Place place,
            @Nullable Prefix from,
            @Nullable Prefix to,
            @Nullable Long preference,
            @Nullable String table,
            @Nullable String mark,
            @Nullable String inputInterface,
            @Nullable String outputInterface,
            Map<String, String> options,
            boolean isTracked,
            @Nullable String trackGroup) {}
}
