package dev.sluice.director.service;

import dev.sluice.snapshot.SharedArray;
import dev.sluice.snapshot.SharedMap;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Everything a director forwards by, as one immutable snapshot. Control publishes it; each worker
/// takes the newest one between two bursts of packets, which is no more than to look at it from
/// then on.
///
/// A snapshot is made from the one before by what differs, and shares the rest with it: its cost
/// grows with the change, not with the number of services and servers. What differs between any two
/// is told by [#changedServices] and [#changedServers].
public final class Configuration {

    private final ServiceIndex index;
    private final SharedArray<RealServer> servers;
    private final Timeouts timeouts;
    private final Policy policy;
    private final Tally total;

    private Configuration(
            ServiceIndex index,
            SharedArray<RealServer> servers,
            Timeouts timeouts,
            Policy policy,
            Tally total) {
        this.index = index;
        this.servers = servers;
        this.timeouts = timeouts;
        this.policy = policy;
        this.total = total;
    }

    /// A snapshot at one go.
    ///
    /// @param serversById every real server that a connection may still refer to, removed ones
    ///   included, at the index of its id; holes are null
    public Configuration(
            List<VirtualService> services,
            @Nullable RealServer[] serversById,
            Timeouts timeouts,
            Tally total) {
        Configuration all = empty(total);
        for (RealServer server : serversById) {
            all = server == null ? all : all.with(server);
        }
        for (VirtualService service : services) {
            all = all.with(service);
        }
        this(all.index, all.servers, timeouts, all.policy, total);
    }

    /// One without services.
    ///
    /// @param total counters of the whole director
    public static Configuration empty(Tally total) {
        return new Configuration(
                ServiceIndex.EMPTY, SharedArray.empty(), Timeouts.DEFAULT, Policy.DEFAULT, total);
    }

    public static Configuration empty(int workers) {
        return empty(new Tally(workers));
    }

    /// With a service that is new, or in the place of the one with its key. Its servers are known
    /// already, by [#with(RealServer)].
    public Configuration with(VirtualService service) {
        return new Configuration(index.with(service), servers, timeouts, policy, total);
    }

    /// Without a service. Its servers stay known until [#withoutServer].
    public Configuration without(ServiceKey key) {
        VirtualService service = index.get(key);
        return service == null
                ? this
                : new Configuration(index.without(service), servers, timeouts, policy, total);
    }

    /// With a server that a connection may refer to by its id, be it in a service, or, no longer
    /// available, in none.
    public Configuration with(RealServer server) {
        RealServer before = servers.get(server.id());
        return new Configuration(
                index.withServer(server.id(), before, server),
                servers.with(server.id(), server),
                timeouts,
                policy,
                total);
    }

    /// Without a server that no connection refers to.
    public Configuration withoutServer(int id) {
        return new Configuration(
                index.withServer(id, servers.get(id), null),
                servers.with(id, null),
                timeouts,
                policy,
                total);
    }

    public Configuration with(Timeouts newest) {
        return new Configuration(index, servers, newest, policy, total);
    }

    public Configuration with(Policy newest) {
        return new Configuration(index, servers, timeouts, newest, total);
    }

    /// What packets ask.
    public ServiceIndex index() {
        return index;
    }

    /// See [ServiceIndex#clientMask].
    public Address clientMask(Family family) {
        return index.clientMask(family == Family.IPV6);
    }

    /// All services, in no order. Made anew with each call.
    public List<VirtualService> services() {
        List<VirtualService> all = new ArrayList<>(index.services().size());
        index.services().forEach((_, service) -> all.add(service));
        return all;
    }

    public @Nullable VirtualService service(ServiceKey key) {
        return index.get(key);
    }

    /// The server that a connection record refers to.
    public @Nullable RealServer server(int id) {
        return servers.get(id);
    }

    /// Ids of servers are below this.
    public int serverIdLimit() {
        return servers.limit();
    }

    public Timeouts timeouts() {
        return timeouts;
    }

    /// The settings that may change while traffic flows.
    public Policy policy() {
        return policy;
    }

    /// Counters of the whole director.
    public Tally total() {
        return total;
    }

    /// Shows each service that is not the same in both: without one before it is new, without one
    /// after it is gone.
    public static void changedServices(
            Configuration before,
            Configuration after,
            SharedMap.Difference<ServiceKey, VirtualService> difference) {
        SharedMap.differences(
                before.index.services(),
                after.index.services(),
                (_, old, fresh) -> {
                    VirtualService present = fresh != null ? fresh : old;
                    if (present != null) {
                        difference.at(present.key(), old, fresh);
                    }
                });
    }

    /// Shows each server that is not the same in both, by its id.
    public static void changedServers(
            Configuration before,
            Configuration after,
            SharedArray.Difference<RealServer> difference) {
        SharedArray.differences(before.servers, after.servers, difference);
    }
}
