package dev.sluice.daemon;

import dev.sluice.cli.Ipvsadm;
import dev.sluice.cli.SystemHost;
import dev.sluice.control.Capabilities;
import dev.sluice.control.ConnectionSource;
import dev.sluice.control.ControlClient;
import dev.sluice.control.ControlServer;
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
import dev.sluice.worker.DataPath;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/// The daemon, wired by hand: gate, data path, table, control socket, in the order in which they
/// start; they stop in the opposite one.
///
/// ```
///  ipvsadm ──► ControlServer ──► Ipvsadm ──► Table ──publish──► Gate (maps), DataPath (workers)
/// ```
final class Daemon {

    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final DaemonSettings settings;
    private final List<AutoCloseable> started = new ArrayList<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Daemon(DaemonSettings settings) {
        this.settings = settings;
    }

    /// Runs until it is stopped or fails.
    ///
    /// @return the exit status
    int run() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "shutdown"));
        try {
            start();
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

    private void start() throws IOException {
        SecureRandom random = new SecureRandom();
        int workers = settings.workers();
        Path socket = settings.socket();
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
        if (settings.forwards()) {
            GateSettings capture =
                    new GateSettings(
                            DirectorInterfaces.choose(settings.interfaces()),
                            workers,
                            random.nextLong(),
                            random.nextLong());
            Gate captures = started(Gates.open(settings.mode(), capture));
            DirectorSettings director =
                    DirectorSettings.DEFAULT.with(it -> {
                        it.maxConnections = Math.max(1, settings.maxConnections() / workers);
                        it.hashKey0 = random.nextLong();
                        it.hashKey1 = random.nextLong();
                        it.steering =
                                new Steering(
                                        capture.steeringKey0(), capture.steeringKey1(), workers);
                    });
            DataPath forwards =
                    started(
                            new DataPath(
                                    captures,
                                    director,
                                    table.configuration(),
                                    settings.busyPollNanos(),
                                    this::fail));
            gate.set(captures);
            dataPath.set(forwards);
            FirewallWarning.warn();
        }
        started(Housekeeping.start(table));
        ipvsadm(table, gate.get(), dataPath.get());
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

    private void ipvsadm(Table table, @Nullable Gate gate, @Nullable DataPath dataPath)
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
        started(ControlServer.open(settings.socket(), programs));
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
