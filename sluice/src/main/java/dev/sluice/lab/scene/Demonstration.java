package dev.sluice.lab.scene;

import dev.sluice.lab.DirectorProcess;
import dev.sluice.lab.Host;
import dev.sluice.lab.HttpNameServer;
import dev.sluice.lab.LabException;
import dev.sluice.lab.LabNetwork;
import dev.sluice.lab.NamedServer;
import dev.sluice.lab.UdpNameServer;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The story that all scenes share: a director of its own making, configured by the commands of the
/// LVS tutorials, spreading real requests over real servers.
///
/// [#run] is the story in its order. Whatever ends it, Ctrl-C included, the machines are removed.
final class Demonstration {

    private final Scene scene;
    private final Settings settings;
    private final Screen screen;
    private final LabNetwork network;
    private final List<NamedServer> servers = new ArrayList<>();

    private Demonstration(Scene scene, Settings settings, Screen screen, LabNetwork network) {
        this.scene = scene;
        this.settings = settings;
        this.screen = screen;
        this.network = network;
    }

    /// Runs it.
    ///
    /// @return the exit code: 0 when every request was answered
    static int run(Scene scene, Settings settings, Screen screen) {
        LabNetwork.Settings plan =
                new LabNetwork.Settings(
                        scene.shape(), LabCommand.PREFIX, settings.realServers(), Duration.ZERO);
        long startNanos = System.nanoTime();
        try (LabNetwork network = new LabNetwork(plan)) {
            Runtime.getRuntime().addShutdownHook(new Thread(screen::mute));
            return new Demonstration(scene, settings, screen, network).play(startNanos);
        }
    }

    private int play(long startNanos) {
        showNetwork(startNanos);
        try (DirectorProcess director = startDirector()) {
            Stage stage = new Stage(settings, screen, network, director);
            startServers(stage);
            scene.prepare(stage);
            scene.configure(stage);
            screen.blank();
            scene.look(stage);
            boolean good = scene.play(stage);
            scene.conclude(stage);
            if (settings.hold()) {
                hold(stage);
            }
            return good ? 0 : 1;
        } finally {
            servers.forEach(NamedServer::close);
        }
    }

    private void showNetwork(long startNanos) {
        Family family = settings.family();
        if (!network.families().contains(family)) {
            throw new LabException("this kernel has no IPv6; leave --ipv6 out");
        }
        for (String leftover : network.leftovers()) {
            screen.note("removed what an earlier lab left behind: " + leftover);
        }
        screen.title(scene.title());
        screen.line(
                "  client    "
                        + network.clientAddresses(family).getFirst()
                        + " and "
                        + (LabNetwork.CLIENT_ADDRESSES - 1)
                        + " more");
        screen.line(
                "  director  "
                        + network.directorAddress(family)
                        + ", virtual address "
                        + network.virtualAddress(family));
        for (int i = 0; i < settings.realServers(); i++) {
            screen.line(
                    String.format("  %-8s  %s", "rs" + (i + 1), network.realAddress(family, i)));
        }
        screen.note(
                network.hosts().size()
                        + " network namespaces, "
                        + LabCommand.PREFIX
                        + "*, made in "
                        + millisSince(startNanos)
                        + " ms");
    }

    private DirectorProcess startDirector() {
        DirectorProcess director =
                settings.workers() == 0
                        ? DirectorProcess.start(network)
                        : DirectorProcess.start(
                                network, "--workers", Integer.toString(settings.workers()));
        screen.note(
                "director started as process "
                        + director.pid()
                        + ", ready after "
                        + director.startUp().toMillis()
                        + " ms");
        screen.blank();
        return director;
    }

    private void startServers(Stage stage) {
        int port = stage.target().port();
        for (int i = 0; i < settings.realServers(); i++) {
            Host host = network.realServers().get(i);
            servers.add(
                    settings.udp()
                            ? UdpNameServer.start(host, scene.arrivesAt(stage, i), port)
                            : HttpNameServer.start(host, port));
        }
    }

    private void hold(Stage stage) {
        screen.blank();
        screen.title("The lab stays up until Ctrl-C. Look around from another terminal:");
        Address virtual = stage.virtual();
        String ask =
                settings.udp()
                        ? "sh -c 'echo hello | nc -u -w1 "
                                + virtual
                                + " "
                                + stage.target().port()
                                + "'"
                        : "curl -s " + stage.target();
        screen.line("  bin/sluice lab exec client " + ask);
        screen.line("  bin/sluice lab exec director ipvsadm -Lnc");
        screen.line("  bin/sluice lab exec director sluice status");
        screen.line("  bin/sluice lab exec rs1 bash");
        if (hasEveryUser()) {
            screen.line("  bin/sluice lab exec director tcpdump -ni eth0");
        } else {
            screen.line(
                    "(tcpdump takes a lab of root's: it turns into a user that a user namespace"
                            + " does not have)");
        }
        screen.line("The director's log is in " + network.directorLog());
        try {
            Thread.currentThread().join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Unlike in a user namespace that an ordinary user made.
    private static boolean hasEveryUser() {
        try {
            return Files.readString(Path.of("/proc/self/uid_map")).contains("4294967295");
        } catch (IOException noUserNamespacesHere) {
            return true;
        }
    }

    private static long millisSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }
}
