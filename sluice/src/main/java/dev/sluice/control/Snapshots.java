package dev.sluice.control;

import dev.sluice.control.Trash.Trashed;
import dev.sluice.director.scheduler.Schedulers;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.VirtualService;
import dev.sluice.snapshot.SharedMap;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The desired state as the director carries it out: it adds ids, schedulers and counters, and
/// makes [Configuration]s of it.
///
/// Immutable like the desired state: an edit makes another one, which shares all but the change,
/// and touches nothing that is live. Who throws it away has forgotten a few fresh objects.
final class Snapshots {

    /// @param published as the director sees it
    private record Server(RealServer published, Statistics statistics) {}

    private record Service(
            VirtualService published, Statistics statistics, SharedMap<ServerKey, Server> servers) {

        Service with(VirtualService newest) {
            return new Service(newest, statistics, servers);
        }
    }

    /// What all snapshots of a table share.
    private record Factory(Capabilities capabilities, int workers, LongSupplier seeds) {

        Statistics statistics() {
            return new Statistics(new Tally(workers));
        }

        Statistics statisticsOfService() {
            return new Statistics(Tally.ofService(workers));
        }

        Scheduler scheduler(String name) {
            Schedulers.Factory known = capabilities.schedulers().apply(name);
            return Objects.requireNonNull(known, "admitted").create(seeds.getAsLong());
        }
    }

    private final Factory factory;
    private final Statistics total;
    private final SharedMap<ServiceKey, Service> services;
    private final Trash trash;
    private final ServerIds ids;
    private final int nextServiceId;
    private final Configuration configuration;

    private Snapshots(
            Factory factory,
            Statistics total,
            SharedMap<ServiceKey, Service> services,
            Trash trash,
            ServerIds ids,
            int nextServiceId,
            Configuration configuration) {
        this.factory = factory;
        this.total = total;
        this.services = services;
        this.trash = trash;
        this.ids = ids;
        this.nextServiceId = nextServiceId;
        this.configuration = configuration;
    }

    /// @param workers how many lanes each tally gets
    /// @param seeds for schedulers that draw lots
    static Snapshots empty(Capabilities capabilities, int workers, LongSupplier seeds) {
        Factory factory = new Factory(capabilities, workers, seeds);
        Statistics total = factory.statistics();
        return new Snapshots(
                factory,
                total,
                SharedMap.empty(),
                Trash.EMPTY,
                ServerIds.ALL,
                0,
                Configuration.empty(total.tally()));
    }

    Configuration configuration() {
        return configuration;
    }

    /// After an edit that the desired state has taken.
    ///
    /// @param after what it has become by that
    Snapshots with(Edit edit, DesiredState after) {
        return switch (edit) {
            case Edit.AddService add -> addService(add.service(), add.settings());
            case Edit.EditService change -> editService(change.service(), change.settings());
            case Edit.DeleteService delete -> deleteService(delete.service());
            case Edit.Clear _ -> clear();
            case Edit.AddServer add -> {
                ServerSettings settings = settings(after, add.service(), add.server());
                yield addServer(add.service(), add.server(), settings);
            }
            case Edit.EditServer change -> editServer(change.service(), change.server(), after);
            case Edit.SetWeight word -> editServer(word.service(), word.server(), after);
            case Edit.DeleteServer delete -> deleteServer(delete.service(), delete.server());
            case Edit.SetTimeouts _ ->
                    with(services, trash, ids, configuration.with(after.timeouts()));
            case Edit.SetSetting _ ->
                    with(services, trash, ids, configuration.with(after.policy()));
        };
    }

    Snapshots with(Policy policy) {
        return with(services, trash, ids, configuration.with(policy));
    }

    /// Without removed servers that nobody refers to any more.
    Snapshots withoutIdle(long nowNanos) {
        List<Integer> gone = new ArrayList<>();
        Trash kept = trash.scanned(nowNanos, gone::add);
        ServerIds free = ids;
        Configuration without = configuration;
        for (int id : gone) {
            free = free.with(id);
            without = without.withoutServer(id);
        }
        return with(services, kept, free, without);
    }

    private Snapshots addService(ServiceKey key, ServiceSettings settings) {
        Statistics statistics = factory.statisticsOfService();
        int known = trash.serviceId(key);
        VirtualService published =
                VirtualService.of(
                                known >= 0 ? known : nextServiceId,
                                key,
                                factory.scheduler(settings.scheduler()),
                                settings.schedulerFlags(),
                                settings.persistence(),
                                statistics.tally())
                        .withHandling(settings.handling());
        return new Snapshots(
                factory,
                total,
                services.with(key, new Service(published, statistics, SharedMap.empty())),
                trash,
                ids,
                nextServiceId + 1,
                configuration.with(published));
    }

    private Snapshots editService(ServiceKey key, ServiceSettings settings) {
        Service before = service(key);
        Scheduler scheduler = before.published.scheduler();
        if (!settings.scheduler().equals(scheduler.name())) {
            scheduler = factory.scheduler(settings.scheduler());
        }
        VirtualService edited =
                before.published
                        .withScheduler(scheduler, settings.schedulerFlags())
                        .withPersistence(settings.persistence())
                        .withHandling(settings.handling());
        return with(
                services.with(key, before.with(edited)), trash, ids, configuration.with(edited));
    }

    private Snapshots deleteService(ServiceKey key) {
        Service service = service(key);
        Trash full = trash;
        Configuration without = configuration;
        for (var each : entries(service.servers)) {
            RealServer removed = each.value.published.removed();
            full = full.with(key, each.key, trashed(service, removed, each.value.statistics));
            without = without.with(removed);
        }
        return with(services.without(key), full, ids, without.without(key));
    }

    private Snapshots clear() {
        Snapshots cleared = this;
        for (var each : entries(services)) {
            cleared = cleared.deleteService(each.key);
        }
        return cleared;
    }

    private Snapshots addServer(ServiceKey key, ServerKey serverKey, ServerSettings settings) {
        Service before = service(key);
        Trashed trashed = trash.find(key, serverKey);
        Server server;
        if (trashed == null) {
            Statistics statistics = factory.statistics();
            RealServer published =
                    RealServer.added(
                                    ids.next(),
                                    serverKey.address(),
                                    serverKey.port(),
                                    settings.method(),
                                    settings.weight(),
                                    settings.upperThreshold(),
                                    settings.lowerThreshold(),
                                    statistics.tally())
                            .wrapped(settings.tunnel());
            server = new Server(published, statistics);
        } else {
            Statistics old = trashed.statistics();
            server =
                    new Server(
                            edited(trashed.server(), settings),
                            trashed.owner() == before.statistics ? old : old.fromZero());
        }
        ServerList present = before.published.servers();
        List<RealServer> list = new ArrayList<>(present.size() + 1);
        list.add(server.published);
        for (int i = 0; i < present.size(); i++) {
            list.add(present.get(i));
        }
        return with(
                key,
                changed(before, before.servers.with(serverKey, server), list),
                trashed == null ? trash : trash.without(key, serverKey),
                trashed == null ? ids.taken() : ids,
                server.published);
    }

    private Snapshots editServer(ServiceKey key, ServerKey serverKey, DesiredState after) {
        Service before = service(key);
        Server old = server(before, serverKey);
        Server server =
                new Server(edited(old.published, settings(after, key, serverKey)), old.statistics);
        ServerList present = before.published.servers();
        List<RealServer> list = new ArrayList<>(present.size());
        for (int i = 0; i < present.size(); i++) {
            RealServer each = present.get(i);
            list.add(each.id() == old.published.id() ? server.published : each);
        }
        return with(
                key,
                changed(before, before.servers.with(serverKey, server), list),
                trash,
                ids,
                server.published);
    }

    private Snapshots deleteServer(ServiceKey key, ServerKey serverKey) {
        Service before = service(key);
        Server old = server(before, serverKey);
        ServerList present = before.published.servers();
        List<RealServer> list = new ArrayList<>(present.size());
        for (int i = 0; i < present.size(); i++) {
            if (present.get(i).id() != old.published.id()) {
                list.add(present.get(i));
            }
        }
        RealServer removed = old.published.removed();
        return with(
                key,
                changed(before, before.servers.without(serverKey), list),
                trash.with(key, serverKey, trashed(before, removed, old.statistics)),
                ids,
                removed);
    }

    private static RealServer edited(RealServer server, ServerSettings settings) {
        return server.edited(
                        settings.method(),
                        settings.weight(),
                        settings.upperThreshold(),
                        settings.lowerThreshold())
                .wrapped(settings.tunnel());
    }

    private static Service changed(
            Service before, SharedMap<ServerKey, Server> servers, List<RealServer> newestFirst) {
        VirtualService published = before.published.withServers(new ServerList(newestFirst));
        return new Service(published, before.statistics, servers);
    }

    private static Trashed trashed(Service service, RealServer removed, Statistics statistics) {
        return new Trashed(removed, statistics, service.published.id(), service.statistics, null);
    }

    private Service service(ServiceKey key) {
        return Objects.requireNonNull(services.get(key), "the desired state has it");
    }

    private static Server server(Service service, ServerKey key) {
        return Objects.requireNonNull(service.servers.get(key), "the desired state has it");
    }

    private static ServerSettings settings(
            DesiredState desired, ServiceKey service, ServerKey server) {
        DesiredService of = Objects.requireNonNull(desired.service(service));
        return Objects.requireNonNull(of.servers().get(server)).settings();
    }

    private Snapshots with(
            ServiceKey key, Service service, Trash newTrash, ServerIds newIds, RealServer server) {
        return with(
                services.with(key, service),
                newTrash,
                newIds,
                configuration.with(server).with(service.published));
    }

    private Snapshots with(
            SharedMap<ServiceKey, Service> newServices,
            Trash newTrash,
            ServerIds newIds,
            Configuration newConfiguration) {
        return new Snapshots(
                factory, total, newServices, newTrash, newIds, nextServiceId, newConfiguration);
    }

    private record Entry<K, V>(K key, V value) {}

    private static <K, V> List<Entry<K, V>> entries(SharedMap<K, V> map) {
        List<Entry<K, V>> entries = new ArrayList<>(map.size());
        map.forEach((key, value) -> entries.add(new Entry<>(key, value)));
        return entries;
    }

    // What is counted. It is live, and the same through all snapshots.

    /// Shows the statistics of a service and of its servers.
    void forEach(ServiceKey key, Consumer<Statistics> visitor) {
        Service service = service(key);
        visitor.accept(service.statistics);
        service.servers.forEach((_, server) -> visitor.accept(server.statistics));
    }

    /// Shows all statistics, the whole director's too.
    void forEach(Consumer<Statistics> visitor) {
        visitor.accept(total);
        services.forEach((key, _) -> forEach(key, visitor));
    }

    ServiceStatus status(DesiredService desired) {
        Service service = service(desired.key());
        List<ServerStatus> servers = new ArrayList<>(service.servers.size());
        ServerList newestFirst = service.published.servers();
        for (int i = 0; i < newestFirst.size(); i++) {
            RealServer published = newestFirst.get(i);
            ServerKey key = new ServerKey(published.address(), published.port());
            DesiredServer wanted = Objects.requireNonNull(desired.servers().get(key));
            Statistics statistics = server(service, key).statistics;
            Tally tally = published.tally();
            servers.add(
                    new ServerStatus(
                            key.address(),
                            key.port(),
                            wanted.settings(),
                            tally.read(Tally.Count.ACTIVE),
                            tally.read(Tally.Count.INACTIVE),
                            tally.read(Tally.Count.PERSISTENT),
                            statistics.totals(),
                            statistics.perSecond()));
        }
        return new ServiceStatus(
                desired.key(),
                desired.settings(),
                service.statistics.totals(),
                service.statistics.perSecond(),
                servers);
    }
}
