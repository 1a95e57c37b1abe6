package dev.sluice.control;

import dev.sluice.control.RefusedException.Reason;
import dev.sluice.director.scheduler.Schedulers;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The desired state: virtual services, their real servers, timeouts. Every change is checked as
/// the kernel checks it (ipvs.md §1.7), and either is refused and changes nothing, or ends in a new
/// [Configuration] for the workers and the gate.
///
/// One lock guards everything; packets never touch it. The publisher is called while the lock is
/// held, so configurations leave in the order of the changes. When it throws, the change has not
/// happened.
///
/// ### Removed servers
///
/// Connections outlive the real server that they refer to by id. A removed server therefore goes to
/// the trash: still in the configuration, but no longer available. Adding it to the same service
/// again revives it, with its id, its connections and its counters (ipvs.md §2.6). [#poll] looks
/// through the trash every 60 s; a server that nothing referred to for 120 s loses its id. The long
/// wait also covers a worker that still reads an older configuration.
public final class Table {

    private static final long TRASH_SCAN_NANOS = 60_000_000_000L;
    private static final long TRASH_IDLE_NANOS = 120_000_000_000L;

    /// @param published as the director sees it
    private record Server(
            Address address,
            int port,
            ServerSettings settings,
            Statistics statistics,
            int id,
            RealServer published) {

        static Server added(
                int id, Address address, int port, ServerSettings settings, Tally tally) {
            RealServer published =
                    RealServer.added(
                                    id,
                                    address,
                                    port,
                                    settings.method(),
                                    settings.weight(),
                                    settings.upperThreshold(),
                                    settings.lowerThreshold(),
                                    tally)
                            .wrapped(settings.tunnel());
            return new Server(address, port, settings, new Statistics(tally), id, published);
        }

        /// With other settings, and back in its service if it was removed.
        Server edited(ServerSettings newest) {
            RealServer edited =
                    published
                            .edited(
                                    newest.method(),
                                    newest.weight(),
                                    newest.upperThreshold(),
                                    newest.lowerThreshold())
                            .wrapped(newest.tunnel());
            return new Server(address, port, newest, statistics, id, edited);
        }

        Server removed() {
            return new Server(address, port, settings, statistics, id, published.removed());
        }
    }

    private record Service(
            ServiceSettings settings,
            List<Server> newestFirst,
            Statistics statistics,
            VirtualService published) {

        ServiceKey key() {
            return published.key();
        }

        int indexOf(Address address, int port) {
            for (int i = 0; i < newestFirst.size(); i++) {
                Server server = newestFirst.get(i);
                if (server.port() == port && server.address().equals(address)) {
                    return i;
                }
            }
            return -1;
        }
    }

    /// @param serviceId the id of the service it belonged to
    /// @param owner that service's statistics; a service made anew has others
    /// @param idleSinceNanos when a scan first found nothing that refers to it, or null
    private record Trashed(
            Server server,
            ServiceKey key,
            int serviceId,
            Statistics owner,
            @Nullable Long idleSinceNanos) {

        static Trashed from(Service service, Server server) {
            return new Trashed(
                    server.removed(),
                    service.key(),
                    service.published().id(),
                    service.statistics(),
                    null);
        }

        Trashed idleSince(@Nullable Long nanos) {
            return new Trashed(server, key, serviceId, owner, nanos);
        }
    }

    private record State(
            Map<ServiceKey, Service> services, List<Trashed> trash, Timeouts timeouts) {

        State copy() {
            return new State(new LinkedHashMap<>(services), new ArrayList<>(trash), timeouts);
        }
    }

    private final Capabilities capabilities;
    private final int workers;
    private final Consumer<Configuration> publisher;
    private final Statistics total;

    private final Object lock = new Object();
    private final SecureRandom seeds = new SecureRandom();
    private final BitSet serverIds = new BitSet();
    private State state = new State(new LinkedHashMap<>(), new ArrayList<>(), Timeouts.DEFAULT);
    private Configuration configuration;
    private int nextServiceId;
    private @Nullable Long nextTickNanos;
    private long nextTrashScanNanos;

    /// @param workers how many lanes each tally gets
    /// @param publisher takes each new configuration, in order; see the class
    public Table(Capabilities capabilities, int workers, Consumer<Configuration> publisher) {
        this.capabilities = capabilities;
        this.workers = workers;
        this.publisher = publisher;
        total = new Statistics(new Tally(workers));
        configuration = configurationOf(state);
    }

    /// The newest configuration.
    public Configuration configuration() {
        synchronized (lock) {
            return configuration;
        }
    }

    public void addService(ServiceKey key, ServiceSettings settings) throws RefusedException {
        synchronized (lock) {
            State next = state.copy();
            if (next.services().containsKey(key)) {
                throw new RefusedException(Reason.SERVICE_EXISTS);
            }
            Scheduler scheduler = check(key, settings).create(seeds.nextLong());
            Statistics statistics = new Statistics(new Tally(workers));
            int id = idOfRemovedService(next, key);
            VirtualService published =
                    VirtualService.of(
                            id >= 0 ? id : nextServiceId,
                            key,
                            scheduler,
                            settings.schedulerFlags(),
                            settings.persistence(),
                            statistics.tally());
            next.services().put(key, new Service(settings, List.of(), statistics, published));
            publish(next);
            nextServiceId++;
        }
    }

    /// Replaces every setting; servers, counters and connections stay.
    public void editService(ServiceKey key, ServiceSettings settings) throws RefusedException {
        synchronized (lock) {
            State next = state.copy();
            Service before = find(next, key, Reason.NO_SUCH_SERVICE);
            Schedulers.Factory factory = check(key, settings);
            Scheduler scheduler = before.published().scheduler();
            if (!settings.scheduler().equals(before.settings().scheduler())) {
                scheduler = factory.create(seeds.nextLong());
            }
            VirtualService edited =
                    before.published()
                            .withScheduler(scheduler, settings.schedulerFlags())
                            .withPersistence(settings.persistence());
            next.services()
                    .put(
                            key,
                            new Service(
                                    settings, before.newestFirst(), before.statistics(), edited));
            publish(next);
        }
    }

    /// Removes a service and its servers; their connections stay.
    public void deleteService(ServiceKey key) throws RefusedException {
        synchronized (lock) {
            State next = state.copy();
            Service service = find(next, key, Reason.NO_SUCH_SERVICE);
            remove(next, service);
            publish(next);
        }
    }

    /// Removes all services; connections and timeouts stay.
    public void clear() {
        synchronized (lock) {
            State next = state.copy();
            List.copyOf(next.services().values()).forEach(service -> remove(next, service));
            publish(next);
        }
    }

    /// Adds a server in front of those that the service has.
    public void addServer(ServiceKey key, Address address, int port, ServerSettings settings)
            throws RefusedException {
        synchronized (lock) {
            State next = state.copy();
            Service before = find(next, key, Reason.SERVICE_NOT_DEFINED);
            checkThresholds(settings);
            if (before.indexOf(address, port) >= 0) {
                throw new RefusedException(Reason.DESTINATION_EXISTS);
            }
            checkServer(key, address, settings);

            Trashed trashed = takeFromTrash(next, key, address, port);
            Server server =
                    trashed != null
                            ? trashed.server().edited(settings)
                            : Server.added(
                                    serverIds.nextClearBit(0),
                                    address,
                                    port,
                                    settings,
                                    new Tally(workers));
            List<Server> servers = new ArrayList<>(before.newestFirst());
            servers.addFirst(server);
            next.services().put(key, withServers(before, servers));
            publish(next);
            serverIds.set(server.id());
            if (trashed != null && trashed.owner() != before.statistics()) {
                server.statistics().zero();
            }
        }
    }

    /// Replaces every setting of a server; it keeps its place and its connections.
    public void editServer(ServiceKey key, Address address, int port, ServerSettings settings)
            throws RefusedException {
        synchronized (lock) {
            State next = state.copy();
            Service before = find(next, key, Reason.SERVICE_NOT_DEFINED);
            checkThresholds(settings);
            int index = before.indexOf(address, port);
            if (index < 0) {
                throw new RefusedException(Reason.NO_SUCH_DESTINATION);
            }
            checkServer(key, address, settings);
            List<Server> servers = new ArrayList<>(before.newestFirst());
            servers.set(index, servers.get(index).edited(settings));
            next.services().put(key, withServers(before, servers));
            publish(next);
        }
    }

    /// Removes a server; its connections stay.
    public void deleteServer(ServiceKey key, Address address, int port) throws RefusedException {
        synchronized (lock) {
            State next = state.copy();
            Service before = find(next, key, Reason.SERVICE_NOT_DEFINED);
            int index = before.indexOf(address, port);
            if (index < 0) {
                throw new RefusedException(Reason.NO_SUCH_DESTINATION);
            }
            List<Server> servers = new ArrayList<>(before.newestFirst());
            next.trash().add(Trashed.from(before, servers.remove(index)));
            next.services().put(key, withServers(before, servers));
            publish(next);
        }
    }

    /// Counts a service and its servers from 0 again.
    public void zero(ServiceKey key) throws RefusedException {
        synchronized (lock) {
            zero(find(state, key, Reason.NO_SUCH_SERVICE));
        }
    }

    /// Counts everything from 0 again.
    public void zeroAll() {
        synchronized (lock) {
            state.services().values().forEach(Table::zero);
            total.zero();
        }
    }

    /// Sets the timeouts in seconds; 0 keeps one.
    public void setTimeouts(int tcpSeconds, int tcpFinSeconds, int udpSeconds) {
        synchronized (lock) {
            Timeouts old = state.timeouts();
            Timeouts timeouts =
                    new Timeouts(
                            tcpSeconds == 0 ? old.tcpSeconds() : tcpSeconds,
                            tcpFinSeconds == 0 ? old.tcpFinSeconds() : tcpFinSeconds,
                            udpSeconds == 0 ? old.udpSeconds() : udpSeconds);
            publish(new State(state.services(), state.trash(), timeouts));
        }
    }

    public Timeouts timeouts() {
        synchronized (lock) {
            return state.timeouts();
        }
    }

    /// All services, those at an address first, otherwise in the order in which they were added.
    public List<ServiceStatus> services() {
        synchronized (lock) {
            List<ServiceStatus> list = new ArrayList<>();
            for (Service service : state.services().values()) {
                if (service.key() instanceof ServiceKey.AtAddress) {
                    list.add(status(service));
                }
            }
            for (Service service : state.services().values()) {
                if (service.key() instanceof ServiceKey.AtMark) {
                    list.add(status(service));
                }
            }
            return list;
        }
    }

    public ServiceStatus service(ServiceKey key) throws RefusedException {
        synchronized (lock) {
            return status(find(state, key, Reason.NO_SUCH_SERVICE));
        }
    }

    /// Does what time asks for: rates every two seconds, the trash every minute. To be called at
    /// [#nextDeadlineNanos], or any time.
    public void poll(long nowNanos) {
        synchronized (lock) {
            if (nextTickNanos == null) {
                nextTickNanos = nowNanos + RateEstimator.TICK_NANOS;
                nextTrashScanNanos = nowNanos + TRASH_SCAN_NANOS;
            }
            if (nowNanos - nextTickNanos >= 0) {
                tick();
                nextTickNanos += RateEstimator.TICK_NANOS;
                if (nowNanos - nextTickNanos >= 0) {
                    // Late by a whole tick: one tick less is better than a burst of empty ones.
                    nextTickNanos = nowNanos + RateEstimator.TICK_NANOS;
                }
            }
            if (nowNanos - nextTrashScanNanos >= 0) {
                scanTrash(nowNanos);
                nextTrashScanNanos = nowNanos + TRASH_SCAN_NANOS;
            }
        }
    }

    /// When [#poll] has something to do next.
    public long nextDeadlineNanos(long nowNanos) {
        synchronized (lock) {
            return nextTickNanos == null ? nowNanos : nextTickNanos;
        }
    }

    private static Service find(State state, ServiceKey key, Reason otherwise)
            throws RefusedException {
        Service service = state.services().get(key);
        if (service == null) {
            throw new RefusedException(otherwise);
        }
        return service;
    }

    /// What the director could not carry out; see [Capabilities].
    private Schedulers.Factory check(ServiceKey key, ServiceSettings settings)
            throws RefusedException {
        Schedulers.Factory scheduler = capabilities.schedulers().apply(settings.scheduler());
        boolean engineFound =
                settings.engine().isEmpty() || capabilities.engines().contains(settings.engine());
        if (scheduler == null || !engineFound) {
            throw new RefusedException(Reason.SCHEDULER_NOT_FOUND);
        }
        if (key instanceof ServiceKey.AtAddress at
                && !capabilities.protocols().contains(at.protocol())) {
            throw new RefusedException(Reason.PROTOCOL_NOT_SUPPORTED);
        }
        if (settings.onePacket() && !capabilities.onePacket()) {
            throw new RefusedException(Reason.INVALID);
        }
        return scheduler;
    }

    private static void checkThresholds(ServerSettings settings) throws RefusedException {
        if (settings.weight() < 0 || settings.lowerThreshold() > settings.upperThreshold()) {
            throw new RefusedException(Reason.OUT_OF_RANGE);
        }
    }

    private void checkServer(ServiceKey key, Address address, ServerSettings settings)
            throws RefusedException {
        boolean tunnel = settings.method() == Forwarding.TUNNEL;
        Encapsulation wrapping = settings.tunnel();
        if (!isUnicast(address)
                || tunnel && !capabilities.tunnels()
                || !tunnel && address.family() != key.family()
                || wrapping.type() == Encapsulation.Type.GUE && wrapping.port() == 0) {
            throw new RefusedException(Reason.INVALID);
        }
    }

    /// Also true for this machine's own addresses, loopback included.
    private static boolean isUnicast(Address address) {
        if (address.isIpv6()) {
            boolean any = address.high() == 0 && address.low() == 0;
            boolean multicast = address.high() >>> 56 == 0xff;
            boolean linkLocal = address.high() >>> 54 == 0xfe80 >>> 6;
            return !any && !multicast && !linkLocal;
        }
        long bits = address.low();
        boolean multicast = bits >>> 28 == 0xe;
        boolean broadcast = bits == 0xffff_ffffL;
        return bits != 0 && !multicast && !broadcast;
    }

    private static Service withServers(Service service, List<Server> newestFirst) {
        return new Service(
                service.settings(),
                List.copyOf(newestFirst),
                service.statistics(),
                service.published().withServers(serverList(newestFirst)));
    }

    private static ServerList serverList(List<Server> newestFirst) {
        return new ServerList(newestFirst.stream().map(Server::published).toList());
    }

    private static void remove(State next, Service service) {
        next.services().remove(service.key());
        for (Server server : service.newestFirst()) {
            next.trash().add(Trashed.from(service, server));
        }
    }

    /// The id of a service that was removed while connections and templates know it, or -1: when it
    /// comes back they must find it.
    private static int idOfRemovedService(State state, ServiceKey key) {
        for (Trashed trashed : state.trash()) {
            if (trashed.key().equals(key)) {
                return trashed.serviceId();
            }
        }
        return -1;
    }

    private static @Nullable Trashed takeFromTrash(
            State next, ServiceKey key, Address address, int port) {
        for (int i = 0; i < next.trash().size(); i++) {
            Trashed trashed = next.trash().get(i);
            Server server = trashed.server();
            if (server.port() == port
                    && server.address().equals(address)
                    && trashed.key().equals(key)) {
                next.trash().remove(i);
                return trashed;
            }
        }
        return null;
    }

    private void publish(State next) {
        Configuration newest = configurationOf(next);
        publisher.accept(newest);
        newest.services().forEach(service -> service.pick().published());
        state = next;
        configuration = newest;
    }

    private Configuration configurationOf(State next) {
        List<VirtualService> services = new ArrayList<>(next.services().size());
        List<RealServer> servers = new ArrayList<>();
        for (Service service : next.services().values()) {
            services.add(service.published());
            ServerList list = service.published().servers();
            for (int i = 0; i < list.size(); i++) {
                servers.add(list.get(i));
            }
        }
        for (Trashed trashed : next.trash()) {
            servers.add(trashed.server().published());
        }
        int ids = servers.stream().mapToInt(RealServer::id).max().orElse(-1) + 1;
        @Nullable RealServer[] byId = new RealServer[ids];
        servers.forEach(server -> byId[server.id()] = server);
        return new Configuration(services, byId, next.timeouts(), total.tally());
    }

    private static void zero(Service service) {
        service.statistics().zero();
        service.newestFirst().forEach(server -> server.statistics().zero());
    }

    private void tick() {
        total.tick();
        for (Service service : state.services().values()) {
            service.statistics().tick();
            service.newestFirst().forEach(server -> server.statistics().tick());
        }
    }

    private void scanTrash(long nowNanos) {
        List<Trashed> kept = new ArrayList<>();
        BitSet freed = new BitSet();
        for (Trashed trashed : state.trash()) {
            Server server = trashed.server();
            Long idleSince = trashed.idleSinceNanos();
            if (server.statistics().tally().references() > 0) {
                kept.add(trashed.idleSince(null));
            } else if (idleSince == null) {
                kept.add(trashed.idleSince(nowNanos));
            } else if (nowNanos - idleSince < TRASH_IDLE_NANOS) {
                kept.add(trashed);
            } else {
                freed.set(server.id());
            }
        }
        State next = new State(state.services(), kept, state.timeouts());
        if (freed.isEmpty()) {
            state = next;
        } else {
            publish(next);
            serverIds.andNot(freed);
        }
    }

    private static ServiceStatus status(Service service) {
        List<ServerStatus> servers = new ArrayList<>(service.newestFirst().size());
        for (Server server : service.newestFirst()) {
            Tally tally = server.statistics().tally();
            servers.add(
                    new ServerStatus(
                            server.address(),
                            server.port(),
                            server.settings(),
                            tally.read(Tally.Count.ACTIVE),
                            tally.read(Tally.Count.INACTIVE),
                            tally.read(Tally.Count.PERSISTENT),
                            server.statistics().totals(),
                            server.statistics().perSecond()));
        }
        return new ServiceStatus(
                service.key(),
                service.settings(),
                service.statistics().totals(),
                service.statistics().perSecond(),
                servers);
    }
}
