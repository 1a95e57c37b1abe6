package dev.sluice.gate;

import static dev.sluice.gate.layout.EndpointFlags.FTP_SERVER;
import static dev.sluice.gate.layout.EndpointFlags.FTP_SERVICE;
import static dev.sluice.gate.layout.EndpointFlags.SERVER;
import static dev.sluice.gate.layout.EndpointFlags.SERVER_BY_ADDRESS;
import static dev.sluice.gate.layout.EndpointFlags.SERVICE;
import static dev.sluice.gate.layout.EndpointFlags.SERVICE_BY_ADDRESS;
import static dev.sluice.gate.layout.EndpointFlags.TUNNEL;
import static dev.sluice.gate.layout.Roles.REPLIER;
import static dev.sluice.gate.layout.Roles.VIRTUAL;

import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.VirtualService;
import dev.sluice.snapshot.SharedArray;
import dev.sluice.snapshot.SharedMap;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// What the gate classifies by, compiled from a configuration. Immutable; the next tables are made
/// from these by what differs between the two configurations, and share the rest.
///
/// An endpoint stays as long as a connection may need it: one that a service or real server left
/// behind is kept while the configuration still holds one of the servers that it was made for. So
/// packets of a deleted service reach the director, which drops them silently, and replies of a
/// removed real server are still translated (ipvs.md §1.7, §3.9).
public final class GateTables {

    /// What a packet goes to or comes from.
    public sealed interface Place {}

    /// An address, port and protocol. Port 0 stands for every port without an endpoint of its own.
    public record Endpoint(Address address, int port, int protocol) implements Place {}

    /// A mark service; the two families are separate name spaces.
    public record Mark(Family family, int mark) implements Place {}

    /// Of no service.
    public static final GateTables EMPTY =
            new GateTables(
                    Configuration.empty(1),
                    SharedMap.empty(),
                    SharedMap.empty(),
                    SharedArray.empty());

    /// What a living service needs at a place, as flags that come together.
    private enum Need {
        SERVICE_HERE(SERVICE),
        PERSISTENT_SERVICE_HERE(SERVICE | SERVICE_BY_ADDRESS),
        FTP_SERVICE_HERE(FTP_SERVICE | SERVICE_BY_ADDRESS),
        SERVER_HERE(SERVER),
        PERSISTENT_SERVER_HERE(SERVER | SERVER_BY_ADDRESS),
        FTP_SERVER_HERE(FTP_SERVER | SERVER_BY_ADDRESS),
        TUNNEL_HERE(TUNNEL);

        private static final Need[] ALL = values();

        private final int flags;

        Need(int flags) {
            this.flags = flags;
        }
    }

    /// What is known of a place; immutable.
    private static final class Entry {

        static final Entry NOTHING = new Entry(new int[Need.ALL.length], 0, 0);

        /// How often a living service has each [Need].
        private final int[] needs;

        /// Flags that it had before, for the connections of its owners.
        private final int lingering;

        /// Servers that it was made for and that the configuration holds.
        private final int owners;

        private Entry(int[] needs, int lingering, int owners) {
            this.needs = needs;
            this.lingering = lingering;
            this.owners = owners;
        }

        Entry with(Need need, int more) {
            int[] changed = needs.clone();
            changed[need.ordinal()] += more;
            return new Entry(changed, lingering | flags(), owners).settled();
        }

        Entry withOwners(int more) {
            return new Entry(needs, lingering, owners + more).settled();
        }

        int flags() {
            return living() | lingering;
        }

        boolean isNothing() {
            return flags() == 0 && owners == 0;
        }

        private int living() {
            int flags = 0;
            for (Need need : Need.ALL) {
                flags |= needs[need.ordinal()] > 0 ? need.flags : 0;
            }
            // A server of two services is steered by address only if both are.
            return needs[Need.SERVER_HERE.ordinal()] > 0 ? flags & ~SERVER_BY_ADDRESS : flags;
        }

        /// Where something lives, it decides how it is steered.
        private Entry settled() {
            int living = living();
            int kept = owners == 0 ? 0 : lingering;
            if ((living & SERVICE) != 0) {
                kept &= ~SERVICE_BY_ADDRESS;
            }
            if ((living & SERVER) != 0) {
                kept &= ~SERVER_BY_ADDRESS;
            }
            return new Entry(needs, kept, owners);
        }
    }

    /// How many endpoints give an address its roles.
    private record Uses(int virtual, int repliers) {

        static final Uses NONE = new Uses(0, 0);

        static Uses of(int flags) {
            return new Uses(
                    (flags & (SERVICE | FTP_SERVICE)) != 0 ? 1 : 0,
                    (flags & (SERVER | FTP_SERVER)) != 0 ? 1 : 0);
        }

        Uses plus(Uses other, int times) {
            return new Uses(virtual + times * other.virtual, repliers + times * other.repliers);
        }

        int roles() {
            return (virtual > 0 ? VIRTUAL : 0) | (repliers > 0 ? REPLIER : 0);
        }
    }

    private final Configuration configuration;
    private final SharedMap<Place, Entry> places;
    private final SharedMap<Address, Uses> addresses;

    /// The places that a server owns, by its id.
    private final SharedArray<SharedMap<Place, Boolean>> owned;

    private GateTables(
            Configuration configuration,
            SharedMap<Place, Entry> places,
            SharedMap<Address, Uses> addresses,
            SharedArray<SharedMap<Place, Boolean>> owned) {
        this.configuration = configuration;
        this.places = places;
        this.addresses = addresses;
        this.owned = owned;
    }

    /// The tables for the next configuration; these say what may linger.
    public GateTables next(Configuration newest) {
        return new Change(this).to(newest);
    }

    /// Flags by endpoint. Made anew with each call, as are [#marks] and [#roles].
    public Map<Endpoint, Integer> endpoints() {
        Map<Endpoint, Integer> flags = new HashMap<>();
        places.forEach((place, entry) -> {
            if (place instanceof Endpoint endpoint) {
                flags.put(endpoint, entry.flags());
            }
        });
        return flags;
    }

    /// Flags by mark.
    public Map<Mark, Integer> marks() {
        Map<Mark, Integer> flags = new HashMap<>();
        places.forEach((place, entry) -> {
            if (place instanceof Mark mark) {
                flags.put(mark, entry.flags());
            }
        });
        return flags;
    }

    /// Roles by address, without [dev.sluice.gate.layout.Roles#LOCAL], which the machine knows and
    /// not the configuration.
    public Map<Address, Integer> roles() {
        Map<Address, Integer> roles = new HashMap<>();
        addresses.forEach((address, uses) -> roles.put(address, uses.roles()));
        return roles;
    }

    /// As in [#roles]; 0: none.
    int roles(Address address) {
        Uses uses = addresses.get(address);
        return uses == null ? 0 : uses.roles();
    }

    /// Told what a place's flags, or an address's roles, were and are; 0: none.
    @FunctionalInterface
    interface Difference<K> {
        void at(K key, int before, int after);
    }

    /// Shows the places whose flags are not the same in both.
    static void changedPlaces(GateTables before, GateTables after, Difference<Place> difference) {
        SharedMap.differences(
                before.places,
                after.places,
                (place, old, fresh) -> {
                    int oldFlags = old == null ? 0 : old.flags();
                    int newFlags = fresh == null ? 0 : fresh.flags();
                    if (oldFlags != newFlags) {
                        difference.at(place, oldFlags, newFlags);
                    }
                });
    }

    /// Shows the addresses whose roles are not the same in both.
    static void changedAddresses(
            GateTables before, GateTables after, Difference<Address> difference) {
        SharedMap.differences(
                before.addresses,
                after.addresses,
                (address, old, fresh) -> {
                    int oldRoles = old == null ? 0 : old.roles();
                    int newRoles = fresh == null ? 0 : fresh.roles();
                    if (oldRoles != newRoles) {
                        difference.at(address, oldRoles, newRoles);
                    }
                });
    }

    /// The way from one configuration to the next.
    private static final class Change {

        private final Configuration before;
        private SharedMap<Place, Entry> places;
        private SharedMap<Address, Uses> addresses;
        private SharedArray<SharedMap<Place, Boolean>> owned;

        Change(GateTables tables) {
            before = tables.configuration;
            places = tables.places;
            addresses = tables.addresses;
            owned = tables.owned;
        }

        GateTables to(Configuration newest) {
            Configuration.changedServers(
                    before,
                    newest,
                    (id, old, fresh) -> {
                        // The same tally is the same server, through all its snapshots.
                        if (old != null && (fresh == null || fresh.tally() != old.tally())) {
                            disown(id);
                        }
                    });
            Configuration.changedServices(before, newest, (_, old, fresh) -> change(old, fresh));
            return new GateTables(newest, places, addresses, owned);
        }

        private void change(@Nullable VirtualService old, @Nullable VirtualService fresh) {
            if (old != null && fresh != null && sameKind(old, fresh)) {
                changeServers(old, fresh);
                return;
            }
            if (fresh != null) {
                needService(fresh, 1);
                forEach(fresh.servers(), server -> needServer(fresh, server, 1));
            }
            if (old != null) {
                needService(old, -1);
                forEach(old.servers(), server -> needServer(old, server, -1));
            }
        }

        private static boolean sameKind(VirtualService a, VirtualService b) {
            return a.isSteeredByAddress() == b.isSteeredByAddress();
        }

        private void changeServers(VirtualService old, VirtualService fresh) {
            if (isSame(old.servers(), fresh.servers())) {
                return;
            }
            Map<Integer, RealServer> before = new HashMap<>();
            forEach(old.servers(), server -> before.put(server.id(), server));
            forEach(
                    fresh.servers(),
                    server -> {
                        RealServer present = before.get(server.id());
                        if (present != null && isSame(present, server)) {
                            before.remove(server.id());
                        } else {
                            needServer(fresh, server, 1);
                        }
                    });
            before.values().forEach(server -> needServer(old, server, -1));
        }

        /// Whether nothing that matters here differs, such as after the edit of a weight.
        private static boolean isSame(ServerList a, ServerList b) {
            boolean same = a.size() == b.size();
            for (int i = 0; same && i < a.size(); i++) {
                same = isSame(a.get(i), b.get(i));
            }
            return same;
        }

        private static boolean isSame(RealServer a, RealServer b) {
            return a.tally() == b.tally()
                    && a.forwarding() == b.forwarding()
                    && a.encapsulation().equals(b.encapsulation());
        }

        private void needService(VirtualService service, int more) {
            need(
                    place(service),
                    service.isSteeredByAddress() ? Need.PERSISTENT_SERVICE_HERE : Need.SERVICE_HERE,
                    more);
            Endpoint ftpData = ftpData(service);
            if (ftpData != null) {
                need(ftpData, Need.FTP_SERVICE_HERE, more);
            }
        }

        /// A server of a service: it owns the service's places, and may send replies.
        private void needServer(VirtualService service, RealServer server, int more) {
            Need replies =
                    service.isSteeredByAddress() ? Need.PERSISTENT_SERVER_HERE : Need.SERVER_HERE;
            boolean translated = server.forwarding() == Forwarding.NAT;
            own(server.id(), place(service), more);
            if (server.forwarding() == Forwarding.TUNNEL) {
                needPlace(server, tunnelEnd(service, server), Need.TUNNEL_HERE, more);
            }
            switch (service.key()) {
                case ServiceKey.AtAddress(Protocol protocol, Address address, int port) -> {
                    // Others have the virtual address too, and answer from there.
                    Address replier = translated ? server.address() : address;
                    boolean ownPort = translated && port != 0 && server.port() != 0;
                    int from = ownPort ? server.port() : port;
                    needPlace(
                            server, new Endpoint(replier, from, protocol.number()), replies, more);
                    Endpoint ftpData = ftpData(service);
                    if (ftpData != null) {
                        own(server.id(), ftpData, more);
                        needPlace(
                                server,
                                new Endpoint(replier, 0, protocol.number()),
                                Need.FTP_SERVER_HERE,
                                more);
                    }
                }
                case ServiceKey.AtMark _ -> {
                    if (translated) {
                        for (Protocol protocol : Protocol.values()) {
                            // ipvs.md §2.9: a persistent mark service keeps the client's port.
                            int from = service.persistence() != null ? 0 : server.port();
                            needPlace(
                                    server,
                                    new Endpoint(server.address(), from, protocol.number()),
                                    replies,
                                    more);
                        }
                    }
                }
            }
        }

        private void needPlace(RealServer server, Endpoint from, Need need, int more) {
            own(server.id(), from, more);
            need(from, need, more);
        }

        private static Place place(VirtualService service) {
            return switch (service.key()) {
                case ServiceKey.AtAddress(Protocol protocol, Address address, int port) ->
                        new Endpoint(address, port, protocol.number());
                case ServiceKey.AtMark(Family family, int mark) -> new Mark(family, mark);
            };
        }

        /// Where a service's packets go when they are wrapped.
        private static Endpoint tunnelEnd(VirtualService service, RealServer server) {
            Encapsulation encapsulation = server.encapsulation();
            int protocol = encapsulation.protocol(service.key().family() == Family.IPV6);
            return new Endpoint(server.address(), encapsulation.port(), protocol);
        }

        /// Where an FTP service's clients come for data, or null.
        private static @Nullable Endpoint ftpData(VirtualService service) {
            return service.key() instanceof ServiceKey.AtAddress at && at.isFtp()
                    ? new Endpoint(at.address(), 0, at.protocol().number())
                    : null;
        }

        private void need(Place place, Need need, int more) {
            put(place, entry(place).with(need, more));
        }

        /// A server that no longer needs a place owns it until it is forgotten.
        private void own(int serverId, Place place, int more) {
            SharedMap<Place, Boolean> its = owned.get(serverId);
            if (more > 0 && (its == null || !its.containsKey(place))) {
                SharedMap<Place, Boolean> others = its == null ? SharedMap.empty() : its;
                owned = owned.with(serverId, others.with(place, true));
                put(place, entry(place).withOwners(1));
            }
        }

        private void disown(int serverId) {
            SharedMap<Place, Boolean> its = owned.get(serverId);
            if (its != null) {
                owned = owned.with(serverId, null);
                its.forEach((place, _) -> put(place, entry(place).withOwners(-1)));
            }
        }

        private Entry entry(Place place) {
            Entry entry = places.get(place);
            return entry == null ? Entry.NOTHING : entry;
        }

        private void put(Place place, Entry entry) {
            int flags = entry(place).flags();
            places = entry.isNothing() ? places.without(place) : places.with(place, entry);
            if (place instanceof Endpoint endpoint && flags != entry.flags()) {
                use(endpoint.address, Uses.of(flags), Uses.of(entry.flags()));
            }
        }

        private void use(Address address, Uses old, Uses fresh) {
            Uses present = addresses.get(address);
            Uses changed = (present == null ? Uses.NONE : present).plus(old, -1).plus(fresh, 1);
            addresses =
                    changed.equals(Uses.NONE)
                            ? addresses.without(address)
                            : addresses.with(address, changed);
        }

        private static void forEach(ServerList servers, Consumer<RealServer> action) {
            for (int i = 0; i < servers.size(); i++) {
                action.accept(servers.get(i));
            }
        }
    }
}
