package dev.sluice.director.service;

import dev.sluice.snapshot.SharedArray;
import dev.sluice.snapshot.SharedMap;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.Flow;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// What the packet path asks of a configuration, answered without allocation. Immutable; the next
/// one shares all but what changed, so that it costs as much as the change, and the thread that
/// forwards has nothing to build.
public final class ServiceIndex {

    private static final int FTP_DATA_PORT = 20;
    private static final int FIRST_UNPRIVILEGED_PORT = 1024;

    static final ServiceIndex EMPTY =
            new ServiceIndex(
                    SharedMap.empty(),
                    SharedMap.empty(),
                    SharedMap.empty(),
                    SharedArray.empty(),
                    SharedMap.empty(),
                    0,
                    0,
                    0);

    /// A destination, or a mark.
    ///
    /// @param rest port, protocol (0: the low half is a mark) and family
    record Key(long high, long low, int rest) {

        static Key of(ServiceKey key) {
            boolean ipv6 = key.family() == Family.IPV6;
            return switch (key) {
                case ServiceKey.AtAddress at ->
                        new Key(
                                at.address().high(),
                                at.address().low(),
                                rest(ipv6, at.protocol().number(), at.port()));
                case ServiceKey.AtMark at -> new Key(0, at.mark() & 0xffff_ffffL, rest(ipv6, 0, 0));
            };
        }

        static Key of(Address address) {
            return new Key(address.high(), address.low(), 0);
        }

        static int rest(boolean ipv6, int protocol, int port) {
            return port | protocol << 16 | (ipv6 ? 1 << 24 : 0);
        }

        @Override
        public int hashCode() {
            return hash(high, low, rest);
        }

        static int hash(long high, long low, int rest) {
            long mixed = (low ^ Long.rotateLeft(high, 32) ^ (long) rest << 20);
            return (int) (mixed * 0x9E3779B97F4A7C15L >>> 32);
        }

        boolean is(long otherHigh, long otherLow, int otherRest) {
            return low == otherLow && rest == otherRest && high == otherHigh;
        }
    }

    /// By what a persistent service tells the clients of its family apart.
    private record ClientMask(Family family, long high, long low) {}

    private final SharedMap<Key, VirtualService> services;

    /// How many masqueraded servers of services have an address and port.
    private final SharedMap<Key, Integer> masqueraded;

    /// How many services and servers have an address that replies may come from.
    private final SharedMap<Key, Integer> repliers;

    /// The counters of the service that a server is in, by server id.
    private final SharedArray<Tally> tallyOfService;

    /// How many persistent services have each mask; there are few different ones.
    private final SharedMap<ClientMask, Integer> masks;

    private final int markServices;
    private final int portZeroServices;
    private final int ftpServices;
    private final Address clientMask4;
    private final Address clientMask6;

    private ServiceIndex(
            SharedMap<Key, VirtualService> services,
            SharedMap<Key, Integer> masqueraded,
            SharedMap<Key, Integer> repliers,
            SharedArray<Tally> tallyOfService,
            SharedMap<ClientMask, Integer> masks,
            int markServices,
            int portZeroServices,
            int ftpServices) {
        this.services = services;
        this.masqueraded = masqueraded;
        this.repliers = repliers;
        this.tallyOfService = tallyOfService;
        this.masks = masks;
        this.markServices = markServices;
        this.portZeroServices = portZeroServices;
        this.ftpServices = ftpServices;
        clientMask4 = combined(Family.IPV4, masks);
        clientMask6 = combined(Family.IPV6, masks);
    }

    /// The service that balances a packet without a connection (ipvs.md §1.3): by its mark first,
    /// then at exactly its destination, then the FTP service there whose data it may be, then at
    /// all ports.
    public @Nullable VirtualService find(PacketView packet) {
        return find(packet.flow(), packet.mark());
    }

    /// As above, of a packet that went this way, with this mark.
    public @Nullable VirtualService find(Flow flow, int mark) {
        boolean ipv6 = flow.isIpv6();
        if (mark != 0 && markServices != 0) {
            VirtualService marked = get(0, mark & 0xffff_ffffL, Key.rest(ipv6, 0, 0));
            if (marked != null) {
                return marked;
            }
        }
        long high = flow.destinationHigh();
        long low = flow.destinationLow();
        int protocol = flow.protocol();
        int port = flow.destinationPort();
        VirtualService found = get(high, low, Key.rest(ipv6, protocol, port));
        if (found == null
                && ftpServices != 0
                && protocol == Protocol.TCP.number()
                && (port == FTP_DATA_PORT || port >= FIRST_UNPRIVILEGED_PORT)) {
            found = get(high, low, Key.rest(ipv6, protocol, ServiceKey.AtAddress.FTP_PORT));
        }
        return found == null && portZeroServices != 0
                ? get(high, low, Key.rest(ipv6, protocol, 0))
                : found;
    }

    /// How much of a client's address decides which worker it belongs to where the address alone
    /// does: at most a /24 or /64, so that it seldom changes, and no bit that a persistent service
    /// of the family masks away, since clients it takes for one must meet at one worker.
    public Address clientMask(boolean ipv6) {
        return ipv6 ? clientMask6 : clientMask4;
    }

    /// The counters of the service that a server is in, or null when it was removed.
    public @Nullable Tally tallyOfService(int serverId) {
        return tallyOfService.get(serverId);
    }

    /// False if no reply of a connection can come from this address: most packets of clients are
    /// spared a look-up by this. Real servers send replies, removed ones too, and under direct
    /// routing virtual addresses do; those of mark services are not known.
    public boolean maySendReplies(long high, long low) {
        return markServices != 0 || value(repliers, high, low, 0) != null;
    }

    /// Whether a masqueraded server of a service has this address and port.
    public boolean isMasqueraded(long high, long low, int port) {
        return value(masqueraded, high, low, port) != null;
    }

    private @Nullable VirtualService get(long high, long low, int rest) {
        return value(services, high, low, rest);
    }

    /// Without a key as an object.
    private static <V> @Nullable V value(SharedMap<Key, V> map, long high, long low, int rest) {
        var at = map.first(Key.hash(high, low, rest));
        while (at != null) {
            if (at.key().is(high, low, rest)) {
                return at.value();
            }
            at = at.next();
        }
        return null;
    }

    @Nullable VirtualService get(ServiceKey key) {
        return services.get(Key.of(key));
    }

    SharedMap<Key, VirtualService> services() {
        return services;
    }

    /// With a service that is new or in the place of the one with its key.
    ServiceIndex with(VirtualService service) {
        VirtualService before = get(service.key());
        SharedArray<Tally> tallies = tallyOfService;
        for (int i = 0; i < service.servers().size(); i++) {
            tallies = tallies.with(service.servers().get(i).id(), service.tally());
        }
        SharedMap<Key, VirtualService> all = services.with(Key.of(service.key()), service);
        SharedMap<ClientMask, Integer> newMasks =
                count(count(masks, before == null ? null : mask(before), -1), mask(service), 1);
        return before == null
                ? counted(all, tallies, newMasks, service.key(), 1)
                : new ServiceIndex(
                        all,
                        masqueraded,
                        repliers,
                        tallies,
                        newMasks,
                        markServices,
                        portZeroServices,
                        ftpServices);
    }

    ServiceIndex without(VirtualService service) {
        return counted(
                services.without(Key.of(service.key())),
                tallyOfService,
                count(masks, mask(service), -1),
                service.key(),
                -1);
    }

    private ServiceIndex counted(
            SharedMap<Key, VirtualService> all,
            SharedArray<Tally> tallies,
            SharedMap<ClientMask, Integer> newMasks,
            ServiceKey key,
            int more) {
        return switch (key) {
            case ServiceKey.AtAddress at ->
                    new ServiceIndex(
                            all,
                            masqueraded,
                            count(repliers, Key.of(at.address()), more),
                            tallies,
                            newMasks,
                            markServices,
                            portZeroServices + (at.port() == 0 ? more : 0),
                            ftpServices + (at.isFtp() ? more : 0));
            case ServiceKey.AtMark _ ->
                    new ServiceIndex(
                            all,
                            masqueraded,
                            repliers,
                            tallies,
                            newMasks,
                            markServices + more,
                            portZeroServices,
                            ftpServices);
        };
    }

    /// With a server known by its id, or no longer.
    ServiceIndex withServer(int id, @Nullable RealServer before, @Nullable RealServer after) {
        boolean inService = after != null && after.available();
        SharedMap<Key, Integer> known = repliers;
        known = count(known, before == null ? null : Key.of(before.address()), -1);
        known = count(known, after == null ? null : Key.of(after.address()), 1);
        Key old = masqueradedAt(before);
        Key fresh = masqueradedAt(after);
        return new ServiceIndex(
                services,
                Objects.equals(old, fresh)
                        ? masqueraded
                        : count(count(masqueraded, old, -1), fresh, 1),
                known,
                inService ? tallyOfService : tallyOfService.with(id, null),
                masks,
                markServices,
                portZeroServices,
                ftpServices);
    }

    private static @Nullable Key masqueradedAt(@Nullable RealServer server) {
        return server == null || !server.available() || server.forwarding() != Forwarding.NAT
                ? null
                : new Key(server.address().high(), server.address().low(), server.port());
    }

    private static @Nullable ClientMask mask(VirtualService service) {
        Persistence persistence = service.persistence();
        return persistence == null
                ? null
                : new ClientMask(
                        service.key().family(), persistence.maskHigh(), persistence.maskLow());
    }

    private static Address combined(Family family, SharedMap<ClientMask, Integer> masks) {
        long[] mask = family == Family.IPV6 ? new long[] {-1, 0} : new long[] {0, 0xffff_ff00L};
        masks.forEach((each, _) -> {
            if (each.family == family) {
                mask[0] &= each.high;
                mask[1] &= each.low;
            }
        });
        return new Address(family, mask[0], mask[1]);
    }

    private static <K> SharedMap<K, Integer> count(
            SharedMap<K, Integer> counts, @Nullable K key, int more) {
        if (key == null) {
            return counts;
        }
        Integer present = counts.get(key);
        int now = (present == null ? 0 : present) + more;
        return now == 0 ? counts.without(key) : counts.with(key, now);
    }
}
