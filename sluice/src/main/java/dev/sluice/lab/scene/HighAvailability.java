package dev.sluice.lab.scene;

import dev.sluice.lab.Clients;
import dev.sluice.lab.DirectorProcess;
import dev.sluice.lab.Host;
import dev.sluice.lab.Hosts;
import dev.sluice.lab.HttpNameServer;
import dev.sluice.lab.LabException;
import dev.sluice.lab.LabState;
import dev.sluice.wire.Address;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// `sluice lab ha`: two directors with one keepalived.conf, two real servers, a client that never
/// stops asking. A real server dies, then the director that is master, and each second's answers
/// are shown.
///
/// ```
///              ┌─ eth0  lb1  eth1 ─┐
///  client ── front                back ── rs1, rs2
///              └─ eth0  lb2  eth1 ─┘      gateway: the virtual address behind
/// ```
@Command(
        name = "ha",
        mixinStandardHelpOptions = true,
        description = {
            "Two directors (VRRP), health checks: a real server dies, then the master director;",
            "shows second by second what a client under constant load sees."
        })
final class HighAvailability implements Callable<Integer> {

    private static final Address VIRTUAL = Address.parse("10.0.0.13");
    private static final Address GATEWAY = Address.parse("172.16.1.254");
    private static final Address CLIENT = Address.parse("10.0.0.101");
    private static final int NETWORK_BITS = 24;
    private static final int PORT = 80;
    private static final int CLIENT_THREADS = 10;
    private static final long REQUEST_EVERY_MILLIS = 100;
    private static final int PATIENCE_SECONDS = 90;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "6",
            description =
                    "How long each act lasts: before, after the real server died, after the master"
                            + " did (default: ${DEFAULT-VALUE}).")
    private int seconds;

    private final Screen screen = Screen.standard();
    private final Map<String, HttpNameServer> servers = new TreeMap<>();
    private final Answered answered = new Answered();

    /// A director: its machine, its daemon, its log.
    private record Director(Host host, Process daemon, Path log) {

        boolean hasSaid(String words) {
            try {
                return Files.exists(log) && Files.readString(log).contains(words);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /// As when its power fails: no goodbye, and silence on the wire.
        void die() {
            daemon.destroyForcibly();
            host.interfaces().setUp("eth0", false);
            host.interfaces().setUp("eth1", false);
        }
    }

    @Override
    public Integer call() {
        if (seconds < 2 || seconds > 3600) {
            throw new LabException("--seconds is 2-3600");
        }
        LabState state = LabState.acquire(LabCommand.PREFIX, Duration.ZERO);
        try (Hosts hosts = new Hosts(state)) {
            state.removeLeftovers();
            Runtime.getRuntime().addShutdownHook(new Thread(screen::mute));
            return play(hosts);
        } finally {
            servers.values().forEach(HttpNameServer::close);
        }
    }

    private int play(Hosts hosts) {
        screen.title("Sluice lab: high availability. Two directors, two real servers, one client");
        Host front = network(hosts, "front");
        Host back = network(hosts, "back");
        Host client = machine(hosts, "client", front, "eth0", CLIENT);
        for (int i = 1; i <= 2; i++) {
            Host server = machine(hosts, "rs" + i, back, "eth0", Address.parse("172.16.1.1" + i));
            server.interfaces().addDefaultRoute(GATEWAY);
            servers.put(server.name(), HttpNameServer.start(server, PORT));
        }
        Director master = director(hosts, front, back, 1, 150);
        await("lb1 to be master", () -> master.hasSaid("(BACK) Entering MASTER STATE"));
        Director backup = director(hosts, front, back, 2, 100);
        await("lb2 to be ready", () -> backup.hasSaid("(BACK) Entering BACKUP STATE"));
        await("a first answer", () -> ask(client).isEmpty());
        answered.forget();
        screen.line(
                "  %d requests per second to http://%s/, each a new connection"
                        .formatted(1000 * CLIENT_THREADS / REQUEST_EVERY_MILLIS, VIRTUAL));
        screen.blank();
        screen.title("  second     rs1    rs2  failed   slowest");
        return load(client, master, backup);
    }

    private int load(Host client, Director master, Director backup) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENT_THREADS; i++) {
            long offset = i * REQUEST_EVERY_MILLIS / CLIENT_THREADS;
            threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("client-" + i)
                            .start(() ->
                                    client.run(() -> {
                                        keepAsking(offset);
                                        return true;
                                    })));
        }
        int second = 0;
        watch(second, seconds, "");
        second += seconds;
        HttpNameServer dead = servers.remove("rs1");
        if (dead != null) {
            dead.close();
        }
        Answered.Second last = watch(second, seconds, "rs1 dies");
        second += seconds;
        boolean survived = last.failed() == 0 && last.of("rs2") > 0;
        master.die();
        last = watch(second, seconds, "lb1, the master, loses its power");
        threads.forEach(Thread::interrupt);
        survived &= last.failed() == 0 && last.of("rs2") > 0;
        screen.blank();
        screen.line(
                "  %d answered, %d failed; the longest time without any answer was %d ms"
                        .formatted(
                                answered.total(),
                                answered.failures(),
                                answered.longestGapMillis()));
        answered.reasons()
                .forEach((reason, count) ->
                        screen.line("  failed: " + reason + ", " + count + " times"));
        if (!backup.hasSaid("(FRONT) Entering MASTER STATE")) {
            screen.line("  lb2 did not take over");
            return 1;
        }
        screen.line(
                survived
                        ? "  every request of the last second was answered, by rs2 through lb2"
                        : "  not every request of the last second was answered");
        return survived ? 0 : 1;
    }

    /// A line for each second; what happens at its beginning is said beside the first.
    private Answered.Second watch(int from, int count, String event) {
        Answered.Second last = answered.next();
        String note = event;
        for (int i = 0; i < count; i++) {
            pause(TimeUnit.SECONDS.toMillis(1));
            last = answered.next();
            screen.line(
                    "  %6d %7d %6d %7d %6d ms   %s"
                            .formatted(
                                    from + i + 1,
                                    last.of("rs1"),
                                    last.of("rs2"),
                                    last.failed(),
                                    last.slowestMillis(),
                                    note)
                            .stripTrailing());
            note = "";
        }
        return last;
    }

    private void keepAsking(long offsetMillis) {
        long next = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(offsetMillis);
        while (!Thread.currentThread().isInterrupted()) {
            pause(TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime()));
            next =
                    Math.max(
                            next + TimeUnit.MILLISECONDS.toNanos(REQUEST_EVERY_MILLIS),
                            System.nanoTime());
            askOnce();
        }
    }

    /// On a thread of the client's.
    private String askOnce() {
        long began = System.nanoTime();
        try {
            String name =
                    Clients.askByHttp(
                            Clients.socketAddress(CLIENT, 0), Clients.socketAddress(VIRTUAL, PORT));
            answered.add(name, System.nanoTime() - began);
            return "";
        } catch (IOException e) {
            answered.addFailure(String.valueOf(e.getMessage()));
            return String.valueOf(e.getMessage());
        }
    }

    private String ask(Host client) {
        return client.run(this::askOnce);
    }

    // Machines.

    private static Host network(Hosts hosts, String name) {
        Host host = hosts.add(name);
        host.interfaces().addBridge("br0");
        host.interfaces().setUp("br0", true);
        return host;
    }

    private static Host machine(
            Hosts hosts, String name, Host network, String interfaceName, Address address) {
        Host host = hosts.add(name);
        plugIn(host, network, interfaceName, address);
        return host;
    }

    private static void plugIn(Host host, Host network, String interfaceName, Address address) {
        network.interfaces().addCable(host.name(), host, interfaceName);
        network.interfaces().join(host.name(), "br0");
        network.interfaces().setUp(host.name(), true);
        host.interfaces().setUp(interfaceName, true);
        host.interfaces().addAddress(interfaceName, address, NETWORK_BITS);
    }

    private Director director(Hosts hosts, Host front, Host back, int number, int priority) {
        String name = "lb" + number;
        Host host = machine(hosts, name, front, "eth0", Address.parse("10.0.0." + number));
        plugIn(host, back, "eth1", Address.parse("172.16.1." + number));
        host.sysctl("net.ipv4.ip_forward", 1);
        Path file = hosts.directory().resolve(name + ".conf");
        Path log = hosts.directory().resolve(name + ".log");
        try {
            Files.writeString(file, configuration(priority));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        screen.line("  " + name + "  sluice run -f " + name + ".conf   # priority " + priority);
        Process daemon =
                host.start(
                        new ProcessBuilder(
                                        DirectorProcess.launcher("sluice").toString(),
                                        "run",
                                        "-f",
                                        file.toString(),
                                        "--interface",
                                        "eth0,eth1",
                                        "--workers",
                                        "1",
                                        "--control",
                                        hosts.directory().resolve(name + ".sock").toString())
                                .redirectErrorStream(true)
                                .redirectOutput(log.toFile()));
        return new Director(host, daemon, log);
    }

    /// Both directors' but for the priority.
    private static String configuration(int priority) {
        return """
        global_defs {
          vrrp_version 3
        }
        vrrp_sync_group LAB {
          group {
            FRONT
            BACK
          }
        }
        vrrp_instance FRONT {
          interface eth0
          virtual_router_id 51
          priority %1$d
          advert_int 0.2
          virtual_ipaddress {
            10.0.0.13/24
          }
        }
        vrrp_instance BACK {
          interface eth1
          virtual_router_id 52
          priority %1$d
          advert_int 0.2
          virtual_ipaddress {
            172.16.1.254/24
          }
        }
        virtual_server 10.0.0.13 80 {
          lb_algo rr
          lb_kind NAT
          protocol TCP
          delay_loop 0.5
          retry 1
          delay_before_retry 0.2
          connect_timeout 1
          warmup 0
          real_server 172.16.1.11 80 {
            TCP_CHECK {
            }
          }
          real_server 172.16.1.12 80 {
            TCP_CHECK {
            }
          }
        }
        """
                .formatted(priority);
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new LabException("waited in vain for " + what);
            }
            pause(20);
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
