package dev.sluice.gate;

import static dev.sluice.gate.layout.EndpointFlags.FTP_SERVER;
import static dev.sluice.gate.layout.EndpointFlags.FTP_SERVICE;
import static dev.sluice.gate.layout.EndpointFlags.SERVER;
import static dev.sluice.gate.layout.EndpointFlags.SERVER_BY_ADDRESS;
import static dev.sluice.gate.layout.EndpointFlags.SERVICE;
import static dev.sluice.gate.layout.EndpointFlags.SERVICE_BY_ADDRESS;
import static dev.sluice.gate.layout.Roles.REPLIER;
import static dev.sluice.gate.layout.Roles.VIRTUAL;

import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What the gate classifies by, compiled from a configuration. Immutable.
///
/// An endpoint stays as long as a connection may need it: one that a service or real server left
/// behind is kept while the configuration still holds one of the servers that it was made for. So
/// packets of a deleted service reach the director, which drops them silently, and replies of a
/// removed real server are still translated (ipvs.md §1.7, §3.9).
public final class GateTables {

    /// An address, port and protocol. Port 0 stands for every port without an endpoint of its own.
    public record Endpoint(Address address, int port, int protocol) {}

    /// A mark service; the two families are separate name spaces.
    public record Mark(Family family, int mark) {}

    static final int FTP_PORT = 21;

    public static final GateTables EMPTY = new GateTables(Map.of(), Map.of());

    /// @param owners the tallies of the servers that the endpoint was made for; a tally is the same
    ///   object through all snapshots of its server
    private record Entry(int flags, Set<Tally> owners) {

        Entry and(Entry other) {
            Set<Tally> all = identitySet();
            all.addAll(owners);
            all.addAll(other.owners);
            return new Entry(flags | other.flags, all);
        }
    }

    private final Map<Endpoint, Entry> endpoints;
    private final Map<Mark, Entry> marks;

    private GateTables(Map<Endpoint, Entry> endpoints, Map<Mark, Entry> marks) {
        this.endpoints = endpoints;
        this.marks = marks;
    }

    /// The tables for the next configuration; these say what may linger.
    public GateTables next(Configuration configuration) {
        Builder builder = new Builder();
        configuration.services().forEach(builder::add);
        Set<Tally> held = identitySet();
        for (int id = 0; id < configuration.serverIdLimit(); id++) {
            RealServer server = configuration.server(id);
            if (server != null) {
                held.add(server.tally());
            }
        }
        endpoints.forEach((endpoint, entry) -> keep(builder.endpoints, endpoint, entry, held));
        marks.forEach((mark, entry) -> keep(builder.marks, mark, entry, held));
        return new GateTables(Map.copyOf(builder.endpoints), Map.copyOf(builder.marks));
    }

    /// Flags by endpoint.
    public Map<Endpoint, Integer> endpoints() {
        return flags(endpoints);
    }

    /// Flags by mark.
    public Map<Mark, Integer> marks() {
        return flags(marks);
    }

    /// Roles by address, without [dev.sluice.gate.layout.Roles#LOCAL], which the machine knows and
    /// not the configuration.
    public Map<Address, Integer> roles() {
        Map<Address, Integer> roles = new HashMap<>();
        endpoints.forEach((endpoint, entry) -> {
            int service = entry.flags & (SERVICE | FTP_SERVICE);
            int server = entry.flags & (SERVER | FTP_SERVER);
            int role = (service != 0 ? VIRTUAL : 0) | (server != 0 ? REPLIER : 0);
            roles.merge(endpoint.address, role, (a, b) -> a | b);
        });
        return roles;
    }

    private static <K> void keep(Map<K, Entry> entries, K key, Entry old, Set<Tally> held) {
        Set<Tally> owners = identitySet();
        owners.addAll(old.owners);
        owners.retainAll(held);
        if (owners.isEmpty()) {
            return;
        }
        Entry fresh = entries.get(key);
        int flags = old.flags;
        if (fresh != null && (fresh.flags & SERVICE) != 0) {
            flags &= ~SERVICE_BY_ADDRESS; // the living service decides
        }
        if (fresh != null && (fresh.flags & SERVER) != 0) {
            flags &= ~SERVER_BY_ADDRESS;
        }
        entries.merge(key, new Entry(flags, owners), Entry::and);
    }

    private static <K> Map<K, Integer> flags(Map<K, Entry> entries) {
        return entries.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().flags));
    }

    private static Set<Tally> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    /// Collects what the living services need.
    private static final class Builder {

        private final Map<Endpoint, Entry> endpoints = new HashMap<>();
        private final Map<Mark, Entry> marks = new HashMap<>();

        void add(VirtualService service) {
            boolean persistent = service.persistence() != null;
            int flags = SERVICE | (persistent ? SERVICE_BY_ADDRESS : 0);
            Entry entry = new Entry(flags, owners(service));
            switch (service.key()) {
                case ServiceKey.AtAddress(Protocol protocol, Address address, int port) -> {
                    put(new Endpoint(address, port, protocol.number()), entry);
                    boolean ftp = persistent && port == FTP_PORT && protocol == Protocol.TCP;
                    if (ftp) {
                        put(
                                new Endpoint(address, 0, protocol.number()),
                                new Entry(FTP_SERVICE | SERVICE_BY_ADDRESS, entry.owners));
                    }
                    for (RealServer server : servers(service)) {
                        boolean translated = server.forwarding() == Forwarding.NAT;
                        // Others have the virtual address too, and answer from there.
                        Address replier = translated ? server.address() : address;
                        boolean ownPort = translated && port != 0 && server.port() != 0;
                        int from = ownPort ? server.port() : port;
                        addReplier(replier, from, protocol, persistent, server.tally());
                        if (ftp) {
                            put(
                                    new Endpoint(replier, 0, protocol.number()),
                                    new Entry(FTP_SERVER | SERVER_BY_ADDRESS, entry.owners));
                        }
                    }
                }
                case ServiceKey.AtMark(Family family, int mark) -> {
                    marks.merge(new Mark(family, mark), entry, Entry::and);
                    for (RealServer server : servers(service)) {
                        for (Protocol protocol : Protocol.values()) {
                            // ipvs.md §2.9: a persistent mark service keeps the client's port.
                            int from = persistent ? 0 : server.port();
                            if (server.forwarding() == Forwarding.NAT) {
                                addReplier(
                                        server.address(),
                                        from,
                                        protocol,
                                        persistent,
                                        server.tally());
                            }
                        }
                    }
                }
            }
        }

        private void addReplier(
                Address address, int port, Protocol protocol, boolean byAddress, Tally owner) {
            put(
                    new Endpoint(address, port, protocol.number()),
                    new Entry(SERVER | (byAddress ? SERVER_BY_ADDRESS : 0), single(owner)));
        }

        private void put(Endpoint endpoint, Entry entry) {
            Entry present = endpoints.get(endpoint);
            endpoints.put(endpoint, present == null ? entry : merge(present, entry));
        }

        /// A server of two services is steered by address only if both are.
        private static Entry merge(Entry a, Entry b) {
            Entry both = a.and(b);
            boolean ambiguous =
                    (a.flags & b.flags & SERVER) != 0
                            && (a.flags & b.flags & SERVER_BY_ADDRESS) == 0;
            return ambiguous ? new Entry(both.flags & ~SERVER_BY_ADDRESS, both.owners) : both;
        }

        private static Set<Tally> owners(VirtualService service) {
            Set<Tally> owners = identitySet();
            for (RealServer server : servers(service)) {
                owners.add(server.tally());
            }
            return owners;
        }

        private static Set<Tally> single(Tally tally) {
            Set<Tally> owners = identitySet();
            owners.add(tally);
            return owners;
        }

        private static RealServer[] servers(VirtualService service) {
            ServerList list = service.servers();
            RealServer[] servers = new RealServer[list.size()];
            for (int i = 0; i < servers.length; i++) {
                servers[i] = list.get(i);
            }
            return servers;
        }
    }
}
