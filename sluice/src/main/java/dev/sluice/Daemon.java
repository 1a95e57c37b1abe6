package dev.sluice;

import dev.sluice.cli.Ipvsadm;
import dev.sluice.cli.SystemHost;
import dev.sluice.control.Capabilities;
import dev.sluice.control.ConnectionSource;
import dev.sluice.control.ControlClient;
import dev.sluice.control.ControlServer;
import dev.sluice.control.ControlSocket;
import dev.sluice.control.Housekeeping;
import dev.sluice.control.Program;
import dev.sluice.control.Table;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.Steering;
import dev.sluice.director.service.Configuration;
import dev.sluice.gate.Gate;
import dev.sluice.gate.GateSettings;
import dev.sluice.gate.Gates;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.FirewallChain;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.worker.DataPath;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// The daemon, wired by hand: gate, data path, table, control socket, in the order in which they
/// start; they stop in the opposite one.
///
/// ```
///  ipvsadm ──► ControlServer ──► Ipvsadm ──► Table ──publish──► Gate (maps), DataPath (workers)
/// ```
final class Daemon {

    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final List<AutoCloseable> started = new ArrayList<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private Daemon() {}

    @Command(
            name = "run",
            mixinStandardHelpOptions = true,
            description = "Runs the director in the foreground, until SIGTERM or `sluice stop`.")
    static final class Run implements Callable<Integer> {

        @Option(
                names = "--interface",
                split = ",",
                paramLabel = "NAME",
                description =
                        "An interface that clients or real servers are behind; may be repeated"
                                + " (default: every interface that is up and has a link address).")
        private List<String> interfaces = new ArrayList<>();

        @Option(
                names = "--no-packets",
                description = "Everything but the data path; needs no privileges.")
        private boolean noPackets;

        @Option(
                names = "--workers",
                paramLabel = "N",
                defaultValue = "0",
                description = "Threads that forward, 1-64 (default: one for two processors).")
        private int workers;

        @Option(
                names = "--max-connections",
                paramLabel = "N",
                defaultValue = "4194304",
                description =
                        "Connections and templates held at most, over all workers; beyond that new"
                                + " ones are dropped and counted (default: ${DEFAULT-VALUE}).")
        private int maxConnections;

        @Option(
                names = "--busy-poll",
                paramLabel = "MICROSECONDS",
                defaultValue = "100",
                description =
                        "How long a worker without work looks for packets before it sleeps,"
                                + " 0-10000; shortens the way of a packet that comes soon after"
                                + " another, and costs processor time that nobody else wants"
                                + " (default: ${DEFAULT-VALUE}; 0: sleep at once).")
        private int busyPollMicros;

        @Option(
                names = "--mode",
                paramLabel = "MODE",
                defaultValue = "auto",
                description =
                        "How packets are captured: ebpf, direct (no bpf(2) needed), or auto"
                                + " (default).")
        private Gates.Mode mode = Gates.Mode.AUTO;

        @Mixin private final Control control = new Control();

        @Override
        public Integer call() {
            if (workers < 0 || workers > 64 || maxConnections < 1) {
                System.err.println(
                        "sluice run: --workers is 1-64 and --max-connections at least 1");
                return 2;
            }
            if (busyPollMicros < 0 || busyPollMicros > 10_000) {
                System.err.println("sluice run: --busy-poll is 0-10000 microseconds");
                return 2;
            }
            int processors = Runtime.getRuntime().availableProcessors();
            int count = workers > 0 ? workers : Math.max(1, processors / 2);
            return new Daemon().run(this, count);
        }
    }

    /// Where the daemon listens and its clients ask.
    private static final class Control {

        @Option(
                names = "--control",
                paramLabel = "SOCKET",
                defaultValue = "",
                description =
                        "The control socket (default: $SLUICE_SOCKET or "
                                + ControlSocket.DEFAULT_PATH
                                + ").")
        private String named = "";

        Path socket() {
            return ControlSocket.path(named);
        }
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description =
                    "Stops the daemon; if it died, removes what it left in this network namespace.")
    static final class Stop implements Callable<Integer> {

        @Mixin private final Control control = new Control();

        @Override
        public Integer call() {
            Path socket = control.socket();
            if (ControlClient.isAnswering(socket)) {
                return Main.ask(socket, "stop");
            }
            try {
                boolean removed = Gates.removeLeftovers();
                System.err.println(
                        removed
                                ? "sluice: no daemon was running; removed what one had left"
                                : "sluice: no daemon answers at " + socket);
                return removed ? 0 : 1;
            } catch (LinuxException e) {
                System.err.println("sluice: " + e.getMessage());
                return 1;
            }
        }
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Shows how the daemon captures packets, and what became of them.")
    static final class Status implements Callable<Integer> {

        @Mixin private final Control control = new Control();

        @Override
        public Integer call() {
            return Main.ask(control.socket(), "status");
        }
    }

    private int run(Run options, int workers) {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "shutdown"));
        try {
            start(options, workers);
            long sinceLaunch =
                    System.currentTimeMillis()
                            - ManagementFactory.getRuntimeMXBean().getStartTime();
            System.err.println("sluice: ready, " + sinceLaunch + " ms after launch");
            stop.await();
        } catch (LinuxException | IOException | IllegalArgumentException e) {
            System.err.println("sluice: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stopAll();
            stopped.countDown();
        }
        return failure.get() == null ? 0 : 70;
    }

    private void start(Run options, int workers) throws IOException {
        SecureRandom random = new SecureRandom();
        Path socket = options.control.socket();
        if (ControlClient.isAnswering(socket)) {
            throw new IOException(
                    "another sluice daemon answers at "
                            + socket
                            + "; stop it with: sluice stop, or name another socket with --control");
        }
        AtomicReference<@Nullable Gate> gate = new AtomicReference<>();
        AtomicReference<@Nullable DataPath> dataPath = new AtomicReference<>();
        Table table =
                new Table(
                        Capabilities.DIRECTOR,
                        workers,
                        configuration -> publish(configuration, gate.get(), dataPath.get()));
        if (!options.noPackets) {
            GateSettings settings =
                    new GateSettings(
                            interfaces(options), workers, random.nextLong(), random.nextLong());
            Gate captures = started(Gates.open(options.mode, settings));
            DirectorSettings director =
                    DirectorSettings.DEFAULT.with(it -> {
                        it.maxConnections = Math.max(1, options.maxConnections / workers);
                        it.hashKey0 = random.nextLong();
                        it.hashKey1 = random.nextLong();
                        it.steering =
                                new Steering(
                                        settings.steeringKey0(), settings.steeringKey1(), workers);
                    });
            DataPath forwards =
                    started(
                            new DataPath(
                                    captures,
                                    director,
                                    table.configuration(),
                                    TimeUnit.MICROSECONDS.toNanos(options.busyPollMicros),
                                    this::fail));
            gate.set(captures);
            dataPath.set(forwards);
            warnAboutFirewall();
        }
        started(Housekeeping.start(table));
        ipvsadm(options, table, gate.get(), dataPath.get());
    }

    /// The workers know a service before its packets are captured. If the gate refuses, they
    /// forward as before.
    private static void publish(
            Configuration configuration, @Nullable Gate gate, @Nullable DataPath dataPath) {
        if (gate == null || dataPath == null) {
            return;
        }
        Configuration before = dataPath.configuration();
        dataPath.publish(configuration);
        try {
            gate.publish(configuration);
        } catch (RuntimeException e) {
            dataPath.publish(before);
            throw e;
        }
    }

    private void ipvsadm(Run options, Table table, @Nullable Gate gate, @Nullable DataPath dataPath)
            throws IOException {
        Ipvsadm ipvsadm =
                new Ipvsadm(
                        table,
                        dataPath == null ? ConnectionSource.NONE : dataPath::connections,
                        new SystemHost(Path.of("/etc/services")));
        Map<String, Program> programs = new HashMap<>(ipvsadm.programs());
        programs.put(
                "stop",
                call -> {
                    Thread.ofPlatform().start(this::requestStop);
                    return 0;
                });
        programs.put("status", new StatusReport(gate, dataPath));
        started(ControlServer.open(options.control.socket(), programs));
    }

    /// The named interfaces, or every one that can carry clients or real servers.
    private static List<String> interfaces(Run options) {
        try (Rtnetlink netlink = Rtnetlink.open()) {
            List<String> present =
                    netlink.links().list().stream()
                            .filter(link -> !link.isLoopback() && link.macAddress() >= 0)
                            .filter(Link::isUp)
                            .filter(link -> !Gates.isOwn(link.name()))
                            .map(Link::name)
                            .toList();
            for (String name : options.interfaces) {
                if (netlink.links().find(name).isEmpty()) {
                    throw new IllegalArgumentException(
                            "--interface "
                                    + name
                                    + ": there is no such interface; present and up: "
                                    + String.join(", ", present));
                }
            }
            if (options.interfaces.isEmpty() && present.isEmpty()) {
                throw new IllegalArgumentException(
                        "no interface is up; bring one up or name it with --interface");
            }
            return options.interfaces.isEmpty() ? present : List.copyOf(options.interfaces);
        }
    }

    /// Captured packets pass before netfilter: rules about a VIP have no effect on them.
    private static void warnAboutFirewall() {
        try {
            for (FirewallChain chain : FirewallChain.list()) {
                if (seesCapturedPackets(chain)) {
                    LOG.warn(
                            "firewall chain {} {} has {} rules that packets to virtual services do"
                                    + " not meet: the gate takes them first. Filter on the real"
                                    + " servers, or mark them for a firewall-mark service (ip rule"
                                    + " fwmark).",
                            chain.table(),
                            chain.name(),
                            chain.rules());
                }
            }
        } catch (LinuxException e) {
            LOG.debug("could not look for firewall rules", e);
        }
    }

    private static boolean seesCapturedPackets(FirewallChain chain) {
        boolean onTheWay = Set.of("prerouting", "input", "forward").contains(chain.hook());
        return onTheWay && (chain.rules() > 0 || chain.dropsByDefault());
    }

    private <T extends AutoCloseable> T started(T part) {
        started.add(part);
        return part;
    }

    private void fail(Throwable broken) {
        failure.compareAndSet(null, broken);
        requestStop();
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
                LOG.warn("could not stop {} cleanly", part.getClass().getSimpleName(), e);
            }
        }
        started.clear();
    }
}
