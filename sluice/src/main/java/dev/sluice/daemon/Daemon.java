package dev.sluice.daemon;

import dev.sluice.cli.Ipvsadm;
import dev.sluice.cli.Sysctl;
import dev.sluice.cli.SystemHost;
import dev.sluice.control.Capabilities;
import dev.sluice.control.ControlClient;
import dev.sluice.control.ControlServer;
import dev.sluice.control.Housekeeping;
import dev.sluice.control.Metrics;
import dev.sluice.control.Program;
import dev.sluice.control.RefusedException;
import dev.sluice.control.Table;
import dev.sluice.control.Version;
import dev.sluice.diagnosis.Survey;
import dev.sluice.director.ConnectionEntry;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.StackReason;
import dev.sluice.director.Steering;
import dev.sluice.gate.Gate;
import dev.sluice.gate.GateSettings;
import dev.sluice.gate.Gates;
import dev.sluice.ldirectord.Ldirector;
import dev.sluice.net.linux.Fifo;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.router.VirtualAddress;
import dev.sluice.router.VrrpLoop;
import dev.sluice.wire.Address;
import dev.sluice.worker.DataPath;
import dev.sluice.worker.LostHops;
import dev.sluice.worker.Rehearsal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The daemon, wired by hand: gate, data path, table, control socket, in the order in which they
/// start; they stop in the opposite one.
///
/// ```
///  ipvsadm ──► ControlServer ──► Ipvsadm ──► Table ──publish──► Gate (maps), DataPath (workers)
/// ```
final class Daemon {

    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    /// Commands are rehearsed for a fifth of the time that packets are.
    private static final int COMMANDS_SHARE = 5;

    private final DaemonSettings settings;
    private final List<AutoCloseable> started = new ArrayList<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile @Nullable VrrpLoop routers;
    private final Failure failure = new Failure(this::requestStop, System.err);

    /// Set before anybody can ask, and null without a data path.
    private @Nullable Gate gate;

    private @Nullable DataPath dataPath;
    private @Nullable FindingLog findings;

    Daemon(DaemonSettings settings) {
        this.settings = settings;
    }

    /// Runs until it is stopped or fails.
    ///
    /// @return the exit status
    int run() {
        // Whoever dies of something unexpected takes the daemon with it.
        Thread.setDefaultUncaughtExceptionHandler((_, broken) -> failure.report(broken));
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "shutdown"));
        try {
            start();
            stop.await();
            if (failure.happened()) {
                failure.awaitWords();
                // As if it were killed: taking the gate away would let the kernel answer clients.
                Runtime.getRuntime().halt(Failure.EXIT_STATUS);
            }
            return 0;
        } catch (LinuxException | IOException | IllegalArgumentException e) {
            System.err.println("sluice: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        } finally {
            stopAll();
            stopped.countDown();
        }
    }

    private void start() throws IOException {
        ControlServer.check(settings.socket());
        if (ControlClient.isAnswering(settings.socket())) {
            throw new IOException(
                    "another sluice daemon answers at "
                            + settings.socket()
                            + "; stop it with: sluice stop, or name another socket with --control");
        }
        Thread rehearsal = rehearse();
        Publication publication = new Publication();
        Table table =
                new Table(
                        Capabilities.DIRECTOR,
                        settings.workers(),
                        publication::publish,
                        new FreeMemory(Path.of("/proc/meminfo")));
        Map<String, Program> programs = new HashMap<>();
        ChangeLog changes = new ChangeLog();
        new Ipvsadm(table, this::connections, new SystemHost(Path.of("/etc/services")))
                .programs()
                .forEach((name, program) ->
                        programs.put(name, changes.saying(publication.whole(program))));
        programs.put(Sysctl.NAME, changes.saying(new Sysctl(table)::run));
        if (settings.sysctl() != null) {
            SettingsFile.set(settings.sysctl(), new Sysctl(table));
        }
        if (settings.rules() != null) {
            RulesFile.restore(
                    settings.rules(), Objects.requireNonNull(programs.get("ipvsadm-restore")));
        }
        VirtualServers servers = new VirtualServers(table, events());
        load(servers);
        Ldirector ldirector =
                settings.ldirector() == null
                        ? null
                        : settings.ldirector().start(table, failure::report);
        join(rehearsal);
        if (settings.forwards()) {
            forward(table, publication);
        }
        Metrics metrics = new Metrics();
        if (gate != null && dataPath != null) {
            PacketMetrics.register(metrics, gate, dataPath, settings.maxConnections());
        }
        DaemonState state =
                new DaemonState(
                        Version.current(),
                        Instant.now(),
                        settings,
                        table,
                        publication,
                        metrics,
                        gate,
                        dataPath);
        started(Housekeeping.start(table));
        started(watch(new TroubleLog(metrics), changes));
        programs.put("stop", this::stopCommand);
        Reload reload =
                new Reload(
                        settings.source(),
                        settings.file().routers(),
                        servers,
                        table,
                        this::connections);
        programs.put("reload", changes.sayingAll(reload::reload));
        programs.put("plan", reload::plan);
        programs.put("checks", new CheckReportProgram(servers.health()));
        programs.put("release", changes.sayingAll(servers::release));
        programs.put("vrrp", new RouterReport(() -> routers));
        FindingLog found = findings;
        programs.put(
                "status",
                new StatusReport(
                        state,
                        Clock.systemUTC(),
                        () -> found == null ? List.of() : found.current()));
        programs.put(CheckUp.NAME, new CheckUp(found == null ? null : found::ask));
        started(ControlServer.open(settings.socket(), programs));
        StartLine.say(state);
        started(() -> StartLine.sayStopped(state)); // while all can still be read
        started(servers);
        if (settings.source() != null) {
            Signals.on("HUP", reload::signalled);
            Dumps dumps = dumps(servers);
            Signals.on("USR1", dumps::data);
            Signals.on("USR2", dumps::statistics);
        }
        if (ldirector != null) {
            started(ldirector);
            Signals.on("HUP", ldirector::reload);
        }
        // After all others: nobody is sent here before packets can be forwarded. It is the first
        // to stop, too.
        if (!settings.file().routers().instances().isEmpty()) {
            routers =
                    started(
                            VrrpLoop.start(
                                    settings.file().routers(), servers::entered, failure::report));
        }
    }

    private Dumps dumps(VirtualServers servers) {
        return new Dumps(
                Path.of("/tmp"),
                () -> {
                    VrrpLoop loop = routers;
                    return loop == null ? List.of() : loop.status();
                },
                settings.file().routers().instances(),
                servers.health()::report);
    }

    /// Into the FIFOs of the file.
    private Consumer<String> events() {
        List<Fifo> fifos = settings.file().fifos().stream().map(Fifo::new).toList();
        fifos.forEach(this::started);
        return line ->
                fifos.forEach(fifo -> {
                    try {
                        fifo.write(line);
                    } catch (LinuxException e) {
                        LOG.warn("{}", e.getMessage());
                    }
                });
    }

    /// Before the first packet, so that the first table is a whole one.
    private void load(VirtualServers servers) throws IOException {
        try {
            if (settings.file().isFlushed()) {
                servers.flush();
            }
            servers.load(settings.file());
        } catch (RefusedException e) {
            throw new IOException("the virtual servers are refused: " + e.getMessage(), e);
        }
    }

    /// Beside the rest of the start, but over before a packet is captured.
    private Thread rehearse() {
        return Thread.ofPlatform()
                .name("rehearsal")
                .start(() -> {
                    rehearseCommands();
                    long forwarded = Rehearsal.play(settings.rehearsalNanos());
                    LOG.debug("the rehearsal forwarded {} packets", forwarded);
                });
    }

    private void rehearseCommands() {
        try {
            CommandRehearsal.play(settings.rehearsalNanos() / COMMANDS_SHARE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void join(Thread rehearsal) {
        try {
            rehearsal.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Says now and then what there is to say.
    private AutoCloseable watch(TroubleLog troubles, ChangeLog changes) {
        Thread watch =
                Thread.ofVirtual()
                        .name("trouble-log")
                        .start(() -> {
                            while (!Thread.currentThread().isInterrupted()) {
                                troubles.poll(System.nanoTime());
                                changes.endWindow();
                                if (dataPath != null) {
                                    sayLostHops(dataPath.lostHops());
                                }
                                LockSupport.parkNanos(TroubleLog.LOOK_NANOS);
                            }
                        });
        return () -> {
            watch.interrupt();
            watch.join();
        };
    }

    private static void sayLostHops(LostHops hops) {
        for (LostHops.News news : hops.take()) {
            String address = news.hop().address().toString();
            if (news.lost()) {
                LOG.warn(
                        "next hop {} does not answer: what goes there is dropped, and clients are"
                                + " told that the host is unreachable; look at it, and at: ip"
                                + " neighbour show {}",
                        address,
                        address);
            } else {
                LOG.info("next hop {} answers again", address);
            }
        }
    }

    private void forward(Table table, Publication publication) {
        SecureRandom random = new SecureRandom();
        int workers = settings.workers();
        GateSettings capture =
                new GateSettings(
                        DirectorInterfaces.choose(settings.interfaces()),
                        workers,
                        random.nextLong(),
                        random.nextLong());
        DirectorSettings director =
                DirectorSettings.DEFAULT.with(it -> {
                    it.maxConnections = Math.max(1, settings.maxConnections() / workers);
                    it.hashKey0 = random.nextLong();
                    it.hashKey1 = random.nextLong();
                    it.steering =
                            new Steering(capture.steeringKey0(), capture.steeringKey1(), workers);
                });
        Gate captures = started(Gates.open(settings.mode(), capture));
        DataPath forwards =
                started(
                        new DataPath(
                                captures,
                                director,
                                table.configuration(),
                                settings.busyPollNanos(),
                                settings.priority(),
                                failure::report));
        publication.connect(captures, forwards, settings.empty());
        gate = captures;
        dataPath = forwards;
        findings =
                started(
                        FindingLog.start(
                                sources(table, captures, forwards), publication::isRestoring));
    }

    private Survey.Sources sources(Table table, Gate captures, DataPath forwards) {
        Set<Address> kept =
                settings.file().routers().instances().stream()
                        .flatMap(it ->
                                Stream.concat(it.addresses().stream(), it.excluded().stream()))
                        .map(VirtualAddress::address)
                        .collect(Collectors.toUnmodifiableSet());
        return new Survey.Sources(
                table::configuration,
                () -> captures.fronts().all(),
                () ->
                        forwards.workers().stream()
                                .mapToLong(it -> it.counters().toStack(StackReason.DIRECT_REPLY))
                                .sum(),
                () -> kept,
                forwards::connectionsWhile);
    }

    private void connections(Consumer<ConnectionEntry> visitor) {
        if (dataPath != null) {
            dataPath.connections(visitor);
        }
    }

    /// Prints the process that ends now, so that whoever asked can wait for it.
    private int stopCommand(Program.Call call) {
        call.out().println(ProcessHandle.current().pid());
        Thread.ofPlatform().name("stop").start(this::requestStop);
        return 0;
    }

    private <T extends AutoCloseable> T started(T part) {
        started.add(part);
        return part;
    }

    private void requestStop() {
        stop.countDown();
    }

    private void stopAndWait() {
        requestStop();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stopAll() {
        for (AutoCloseable part : started.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("something is left behind; sluice stop removes it", e);
            }
        }
        started.clear();
    }
}
