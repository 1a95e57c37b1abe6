package dev.sluice.director.service;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Everything a director forwards by, as one immutable snapshot. Control publishes it; each worker
/// takes the newest one between two bursts of packets.
public final class Configuration {

    private final List<VirtualService> services;
    private final Map<ServiceKey, VirtualService> byKey = new HashMap<>();
    private final @Nullable RealServer[] servers;
    private final Timeouts timeouts;
    private final Tally total;

    /// @param serversById every real server that a connection may still refer to, removed ones
    ///   included, at the index of its id; holes are null
    public Configuration(
            List<VirtualService> services,
            @Nullable RealServer[] serversById,
            Timeouts timeouts,
            Tally total) {
        this.services = List.copyOf(services);
        services.forEach(service -> byKey.put(service.key(), service));
        this.servers = serversById.clone();
        this.timeouts = timeouts;
        this.total = total;
    }

    /// How much of a client's address decides which worker it belongs to where the address alone
    /// does: at most a /24 or /64, so that it seldom changes, and no bit that a persistent service
    /// of the family masks away, since clients it takes for one must meet at one worker.
    public Address clientMask(Family family) {
        boolean ipv6 = family == Family.IPV6;
        long high = ipv6 ? -1 : 0;
        long low = ipv6 ? 0 : 0xffff_ff00L;
        for (VirtualService service : services) {
            Persistence persistence = service.persistence();
            if (persistence != null && service.key().family() == family) {
                high &= persistence.maskHigh();
                low &= persistence.maskLow();
            }
        }
        return new Address(family, high, low);
    }

    public static Configuration empty(int workers) {
        return new Configuration(
                List.of(), new RealServer[0], Timeouts.DEFAULT, new Tally(workers));
    }

    public List<VirtualService> services() {
        return services;
    }

    /// Not for the packet path; the director builds its own index from [#services].
    public @Nullable VirtualService service(ServiceKey key) {
        return byKey.get(key);
    }

    /// The server that a connection record refers to.
    public @Nullable RealServer server(int id) {
        return id >= 0 && id < servers.length ? servers[id] : null;
    }

    /// Ids of servers are below this.
    public int serverIdLimit() {
        return servers.length;
    }

    public Timeouts timeouts() {
        return timeouts;
    }

    /// Counters of the whole director.
    public Tally total() {
        return total;
    }
}
