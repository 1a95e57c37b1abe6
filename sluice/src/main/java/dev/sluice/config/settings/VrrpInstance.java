package dev.sluice.config.settings;

import dev.sluice.config.settings.VirtualAddress.Route;
import dev.sluice.config.settings.VirtualAddress.Rule;
import dev.sluice.config.text.Place;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// A virtual router. Global defaults are filled in.
///
/// @param startsAsMaster `state MASTER`
/// @param interfaceName null only with unicast peers
/// @param version 2 or 3; IPv6 is always 3
/// @param family of the first address, or else of the source address
/// @param authentication null: none
/// @param addresses announced in adverts
/// @param excluded put on the interface like the others, but not announced
/// @param followsOwnInterface whether a lost carrier of its interface is a fault
/// @param acceptsPackets whether packets to the addresses are received by a master that does not
///   own them
public record VrrpInstance(
        Place place,
        String name,
        boolean startsAsMaster,
        @Nullable String interfaceName,
        int virtualRouterId,
        int priority,
        Duration advertInterval,
        int version,
        Family family,
        @Nullable Authentication authentication,
        List<VirtualAddress> addresses,
        List<VirtualAddress> excluded,
        List<Route> routes,
        List<Rule> rules,
        Preemption preemption,
        Tracker.Uses trackers,
        boolean followsOwnInterface,
        Notifications notifications,
        Peers peers,
        Elections elections,
        Announcements announcements,
        boolean acceptsPackets,
        boolean isStrict,
        boolean promotesSecondaries,
        @Nullable VirtualMac virtualMac,
        @Nullable IpVlan ipVlan,
        @Nullable String vrf) {

    /// Version 2 only.
    ///
    /// @param password at most eight characters
    public record Authentication(Kind kind, String password) {

        public enum Kind {
            PASS,
            AH
        }
    }

    /// Whether and when a lower master is taken over from.
    ///
    /// @param isOn whether a master with a lower priority is taken over from
    /// @param delay how long it is first listened to
    public record Preemption(boolean isOn, Duration delay) {}

    /// Where adverts go and come from.
    ///
    /// @param unicast empty: the group
    /// @param source null: the interface's first address
    /// @param group of the family
    /// @param ttl of adverts to peers
    /// @param checksSource whether adverts of others than the peers are rejected
    /// @param isFaultWithoutPeers whether to fail, rather than to use the group
    /// @param followsSource whether it is a fault that the source address is missing
    public record Peers(
            List<Peer> unicast,
            @Nullable Address source,
            Address group,
            int ttl,
            boolean checksSource,
            boolean isFaultWithoutPeers,
            boolean followsSource,
            UnicastChecksum checksum) {}

    /// Another router that adverts are sent to.
    ///
    /// @param leastTtl of its adverts; null: any
    public record Peer(
            Place place, Address address, @Nullable Integer leastTtl, @Nullable Integer mostTtl) {}

    /// Checksums of version 3 adverts between IPv4 peers: older keepalived left out what belongs
    /// in.
    public enum UnicastChecksum {
        GUESSED,
        OLD,
        STANDARD
    }

    /// How adverts of others are answered and judged.
    ///
    /// @param comparesAddressesOnce whether the list is not compared again for the same master
    /// @param lowerPriorityIsAnswered whether a master answers a lower one at once
    /// @param higherPriorityIsAnswered whether it sends one more advert before it yields
    /// @param lostAdverts how many make a master count as down
    /// @param ownerIgnoresAdverts as RFC 9568 has it
    public record Elections(
            boolean comparesAddressesOnce,
            boolean lowerPriorityIsAnswered,
            boolean higherPriorityIsAnswered,
            int lostAdverts,
            boolean ownerIgnoresAdverts) {}

    /// Gratuitous ARP and unsolicited neighbour advertisements.
    ///
    /// @param delay until the second burst after becoming master; zero: none
    /// @param repeat messages for each address and burst
    /// @param refresh how often they are repeated while master; zero: never
    /// @param lowerPriorityDelay until the second burst after a lower priority was heard
    /// @param lowerPriorityRepeat zero: none
    /// @param otherInterfaces how often on interfaces that only carry addresses; zero: never
    /// @param allInterfaces whether that is so for all of them
    public record Announcements(
            Duration delay,
            int repeat,
            Duration refresh,
            int refreshRepeat,
            Duration lowerPriorityDelay,
            int lowerPriorityRepeat,
            Duration otherInterfaces,
            boolean allInterfaces) {}

    /// `use_vmac`.
    ///
    /// @param name of the interface; null: made from the prefix and the id
    /// @param address null: RFC 9568 §7.3's
    /// @param forOtherInterfaces whether addresses on other interfaces get one too
    /// @param sendsFromBase whether adverts leave through the interface below
    public record VirtualMac(
            @Nullable String name,
            @Nullable String address,
            boolean forOtherInterfaces,
            boolean sendsFromBase) {}

    /// `use_ipvlan`.
    ///
    /// @param words as written: name, address and mode, each of which may be missing
    public record IpVlan(List<String> words) {}
}
