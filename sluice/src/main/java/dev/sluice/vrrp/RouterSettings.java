package dev.sluice.vrrp;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.util.List;
import java.util.function.Consumer;

/// What one virtual router is told. Times are those of keepalived.conf, in nanoseconds.
///
/// @param name for the operator, such as `VI_1`
/// @param version 2 or 3; IPv6 is always 3
/// @param priority 1-255, 255 for the owner of the addresses
/// @param intervalCentis hundredths of a second between advertisements
/// @param addresses those in the advertisement, all of this family
/// @param startsActive an owner's wish to be active at once
/// @param preempts whether to take over from an active router of lower priority
/// @param preemptDelayNanos how long to leave such a router alone
/// @param startupDelayNanos how long to be silent and deaf at first
/// @param downTimerAdverts how many advertisements may be lost
/// @param comparesAddresses false: only when the active router changes
/// @param peers to send to and hear from each; none for multicast
/// @param group the multicast destination
/// @param checksPeers whether others than the peers are ignored
/// @param guessesChecksum whether to answer an old peer with an old checksum
/// @param answersLower whether to advertise at once when a router of lower priority does
/// @param lastWord whether to advertise once more before giving way
/// @param trackers what changes the priority, or is a fault
/// @param announcing how often ARP and neighbour caches are told
public record RouterSettings(
        String name,
        int version,
        Family family,
        int routerId,
        int priority,
        int intervalCentis,
        List<Address> addresses,
        boolean startsActive,
        boolean preempts,
        long preemptDelayNanos,
        long startupDelayNanos,
        int downTimerAdverts,
        Authentication authentication,
        boolean comparesAddresses,
        List<Peer> peers,
        Address group,
        boolean checksPeers,
        int ttl,
        ChecksumForm checksum,
        boolean guessesChecksum,
        boolean answersLower,
        boolean lastWord,
        List<Tracker> trackers,
        Announcing announcing) {

    /// Another router, when they talk to each other without multicast.
    ///
    /// @param minTtl what its packets must still have, 0 for any
    public record Peer(Address address, int minTtl, int maxTtl) {

        public static Peer of(Address address) {
            return new Peer(address, 0, AdvertisementPacket.MAX_TTL);
        }

        boolean boundsTtl() {
            return minTtl > 0 || maxTtl < AdvertisementPacket.MAX_TTL;
        }
    }

    /// How often gratuitous ARP and unsolicited neighbour advertisements are sent: in rounds over
    /// all addresses.
    ///
    /// @param againNanos when a new active router repeats its rounds, 0 for never
    /// @param refreshNanos how often an active router goes on, 0 for never
    /// @param lowerRounds after a router of lower priority was heard
    /// @param lowerAgainNanos and once more, 0 for never
    public record Announcing(
            int rounds,
            long againNanos,
            long refreshNanos,
            int refreshRounds,
            int lowerRounds,
            long lowerAgainNanos) {

        public static final Announcing DEFAULT =
                new Announcing(5, 5_000_000_000L, 0, 1, 5, 5_000_000_000L);
    }

    private static final RouterSettings DEFAULT_IPV4 =
            new RouterSettings(
                    "VI_1",
                    Advertisement.VERSION_2,
                    Family.IPV4,
                    1,
                    100,
                    100,
                    List.of(),
                    false,
                    true,
                    0,
                    0,
                    3,
                    Authentication.NONE,
                    true,
                    List.of(),
                    AdvertisementPacket.GROUP_IPV4,
                    false,
                    AdvertisementPacket.MAX_TTL,
                    ChecksumForm.PSEUDO_HEADER,
                    true,
                    true,
                    false,
                    List.of(),
                    Announcing.DEFAULT);

    /// As keepalived would with nothing said: version 2 for IPv4, 3 for IPv6.
    public static RouterSettings of(Family family) {
        return family == Family.IPV4
                ? DEFAULT_IPV4
                : DEFAULT_IPV4.with(it -> {
                    it.version = Advertisement.VERSION_3;
                    it.family = Family.IPV6;
                    it.group = AdvertisementPacket.GROUP_IPV6;
                });
    }

    public RouterSettings {
        addresses = List.copyOf(addresses);
        peers = List.copyOf(peers);
        trackers = List.copyOf(trackers);
        for (Address address : addresses) {
            check(address.family() == family, name + ": " + address + " is not " + family);
        }
        check(routerId >= 1 && routerId <= 255, name + ": virtual router 1-255, not " + routerId);
        check(priority >= 1 && priority <= 255, name + ": priority 1-255, not " + priority);
        check(addresses.size() <= 255, name + ": at most 255 addresses in an advertisement");
        int most =
                version == Advertisement.VERSION_2
                        ? Advertisement.MAX_INTERVAL_CENTIS_V2
                        : Advertisement.MAX_INTERVAL_CENTIS_V3;
        check(
                intervalCentis >= 1 && intervalCentis <= most,
                name
                        + ": advertisement interval of 1-"
                        + most
                        + " hundredths of a second, not "
                        + intervalCentis);
        check(
                version == Advertisement.VERSION_3
                        || version == Advertisement.VERSION_2 && family == Family.IPV4,
                name + ": version 2 (IPv4 only) or 3, not " + version);
        check(
                version == Advertisement.VERSION_3 || intervalCentis % 100 == 0,
                name + ": version 2 advertises at whole seconds");
        check(
                version == Advertisement.VERSION_2 || authentication.type() == 0,
                name + ": version 3 has no authentication");
        check(downTimerAdverts >= 1, name + ": at least one advertisement must be missing");
    }

    private static void check(boolean holds, String complaint) {
        if (!holds) {
            throw new IllegalArgumentException(complaint);
        }
    }

    public boolean isUnicast() {
        return !peers.isEmpty();
    }

    public boolean isOwner() {
        return priority == Advertisement.OWNER;
    }

    /// These settings with some of them changed.
    public RouterSettings with(Consumer<Changes> changes) {
        Changes changed = new Changes(this);
        changes.accept(changed);
        return changed.settings();
    }

    /// The settings again, to be written to.
    public static final class Changes {
        public String name;
        public int version;
        public Family family;
        public int routerId;
        public int priority;
        public int intervalCentis;
        public List<Address> addresses;
        public boolean startsActive;
        public boolean preempts;
        public long preemptDelayNanos;
        public long startupDelayNanos;
        public int downTimerAdverts;
        public Authentication authentication;
        public boolean comparesAddresses;
        public List<Peer> peers;
        public Address group;
        public boolean checksPeers;
        public int ttl;
        public ChecksumForm checksum;
        public boolean guessesChecksum;
        public boolean answersLower;
        public boolean lastWord;
        public List<Tracker> trackers;
        public Announcing announcing;

        private Changes(RouterSettings from) {
            name = from.name;
            version = from.version;
            family = from.family;
            routerId = from.routerId;
            priority = from.priority;
            intervalCentis = from.intervalCentis;
            addresses = from.addresses;
            startsActive = from.startsActive;
            preempts = from.preempts;
            preemptDelayNanos = from.preemptDelayNanos;
            startupDelayNanos = from.startupDelayNanos;
            downTimerAdverts = from.downTimerAdverts;
            authentication = from.authentication;
            comparesAddresses = from.comparesAddresses;
            peers = from.peers;
            group = from.group;
            checksPeers = from.checksPeers;
            ttl = from.ttl;
            checksum = from.checksum;
            guessesChecksum = from.guessesChecksum;
            answersLower = from.answersLower;
            lastWord = from.lastWord;
            trackers = from.trackers;
            announcing = from.announcing;
        }

        private RouterSettings settings() {
            return new RouterSettings(
                    name,
                    version,
                    family,
                    routerId,
                    priority,
                    intervalCentis,
                    addresses,
                    startsActive,
                    preempts,
                    preemptDelayNanos,
                    startupDelayNanos,
                    downTimerAdverts,
                    authentication,
                    comparesAddresses,
                    peers,
                    group,
                    checksPeers,
                    ttl,
                    checksum,
                    guessesChecksum,
                    answersLower,
                    lastWord,
                    trackers,
                    announcing);
        }
    }
}
