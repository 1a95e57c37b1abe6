package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import dev.sluice.net.linux.Privileges;
import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A lab with a running director, real programs, and the words to use them in a test.
final class TestBed implements AutoCloseable {

    private static final String PREFIX = "sluice-it-";
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int FIRST_PORT = 8000;
    private static final int PORTS = 40;
    private static final Duration LISTENING_LIMIT = Duration.ofSeconds(10);

    private final LabNetwork network;
    private final AtomicInteger nextPort = new AtomicInteger(FIRST_PORT);
    private final String[] runOptions;
    private DirectorProcess director;

    private TestBed(LabNetwork network, String... runOptions) {
        this.network = network;
        this.runOptions = runOptions;
        try {
            director = DirectorProcess.start(network, runOptions);
        } catch (RuntimeException failure) {
            network.close();
            throw failure;
        }
    }

    /// A NAT lab with a director on both its interfaces.
    static TestBed nat(int realServers, String... runOptions) {
        return new TestBed(natNetwork(realServers), runOptions);
    }

    static TestBed directRouting(int realServers, String... runOptions) {
        Privileges.needNamespaces();
        LabNetwork network = new LabNetwork(settings(Shape.ONE_LINK, realServers));
        network.suppressArp();
        return new TestBed(network, runOptions);
    }

    /// A director on machines that are there already.
    static TestBed of(LabNetwork network, String... runOptions) {
        return new TestBed(network, runOptions);
    }

    /// The machines alone, the director a router.
    static LabNetwork natNetwork(int realServers) {
        Privileges.needNamespaces();
        LabNetwork network = new LabNetwork(settings(Shape.BEHIND_DIRECTOR, realServers));
        network.director().sysctl("net.ipv4.ip_forward", 1);
        network.director().sysctl("net.ipv6.conf.all.forwarding", 1);
        return network;
    }

    private static LabNetwork.Settings settings(Shape shape, int realServers) {
        return new LabNetwork.Settings(shape, PREFIX, realServers, PATIENCE);
    }

    LabNetwork network() {
        return network;
    }

    DirectorProcess director() {
        return director;
    }

    /// Starts the director again, with the options of the first time and these.
    void restartDirector(String... further) {
        director =
                DirectorProcess.start(
                        network,
                        Stream.concat(Stream.of(runOptions), Stream.of(further))
                                .toArray(String[]::new));
    }

    Address virtual(Family family) {
        return network.virtualAddress(family);
    }

    Host realServer(int index) {
        return network.realServers().get(index);
    }

    /// `-t 10.0.0.13:80`
    String service(String flag, Family family, int port) {
        return flag + " " + virtual(family).withPort(port);
    }

    /// Runs an ipvsadm command line that must work.
    ///
    /// @return its output
    String ipvsadm(String typed) {
        Host.Result result = director.ipvsadm(typed.split(" ", -1));
        assertThat(result.exitCode()).as("ipvsadm %s%n%s", typed, result.output()).isZero();
        return result.output();
    }

    /// What `sluice status` counts under these words, over all workers.
    long status(String what) {
        return director.ask("status", "--all")
                .orThrow()
                .lines()
                .filter(line -> line.contains("  " + what + ": "))
                .mapToLong(line -> Long.parseLong(line.strip().split(" ", 2)[0]))
                .sum();
    }

    /// Clears the table, then adds a service with all real servers at the same port.
    void balance(String service, String options, int port, String serverOptions) {
        ipvsadm("-C");
        addService(service, options, port, serverOptions);
    }

    void addService(String service, String options, int port, String serverOptions) {
        ipvsadm("-A " + service + " " + options);
        Family family = service.contains("[") ? Family.IPV6 : Family.IPV4;
        for (int i = 0; i < network.realServers().size(); i++) {
            addServer(service, family, i, port, serverOptions);
        }
    }

    void addServer(String service, Family family, int index, int port, String options) {
        Address real = network.realAddress(family, index);
        ipvsadm("-a " + service + " -r " + real.withPort(port) + " " + options);
    }

    /// A port that no service has had yet. Connections outlive their services, and a client that
    /// comes back from a port it had before would meet its old one, as with a kernel director.
    int freshPort() {
        int port = nextPort.getAndIncrement();
        assertThat(port).isLessThan(FIRST_PORT + PORTS);
        return port;
    }

    /// Segmentation and checksum offloads of all machines but the switch, `on` or `off`: without
    /// them frames are as on a wire.
    void offloads(String state) {
        Needs.programs("ethtool");
        for (Host host : network.hosts()) {
            if (host == network.switchHost()) {
                continue;
            }
            boolean director = host == network.director();
            for (String name : director ? network.directorInterfaces() : List.of("eth0")) {
                host.execute(
                                "ethtool", "-K", name, "tso", state, "gso", state, "gro", state,
                                "tx", state, "rx", state)
                        .orThrow();
            }
        }
    }

    /// nginx on every real server, at port 80 and all fresh ports: `/` answers with the host's
    /// name, `/1k` with a kilobyte, `/1m` with a megabyte.
    void startNginx() {
        Needs.programs("nginx");
        String listen =
                IntStream.concat(IntStream.of(80), IntStream.range(FIRST_PORT, FIRST_PORT + PORTS))
                        .mapToObj(
                                port -> "listen [::]:%d ipv6only=off backlog=4096;".formatted(port))
                        .collect(Collectors.joining("\n"));
        for (Host host : network.realServers()) {
            try {
                Path home =
                        Files.createDirectories(
                                network.directory().resolve("nginx-" + host.name()));
                Path configuration = home.resolve("nginx.conf");
                Files.writeString(
                        configuration,
                        """
                        daemon off;
                        user root;
                        worker_processes 1;
                        pid %1$s/pid;
                        error_log %1$s/error.log;
                        events { worker_connections 4096; }
                        http {
                            access_log off;
                            client_body_temp_path %1$s/body;
                            proxy_temp_path %1$s/proxy;
                            fastcgi_temp_path %1$s/fastcgi;
                            uwsgi_temp_path %1$s/uwsgi;
                            scgi_temp_path %1$s/scgi;
                            server {
                                %2$s
                                location = / { return 200 "%3$s\\n"; }
                                location = /1m { alias %1$s/1m; }
                                location = /1k { return 200 "%4$s\\n"; }
                            }
                        }
                        """
                                .formatted(home, listen, host.name(), "x".repeat(1023)));
                Files.write(home.resolve("1m"), new byte[1 << 20]);
                host.start("nginx", "-p", home.toString(), "-c", configuration.toString());
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
            awaitTcp(host, 80);
        }
    }

    /// Waits until somebody listens on a TCP port of a host.
    static void awaitTcp(Host host, int port) {
        await("a listener on port " + port + " of " + host, () -> host.run(() -> listens(port)));
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /// Waits until a condition holds, or fails.
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LISTENING_LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                fail("waited in vain for " + what);
            }
            sleep(Duration.ofMillis(20));
        }
    }

    static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupt);
        }
    }

    /// How the virtual service at port 80 looks to a client.
    static String attempt(LabNetwork network, int millis) {
        return network.client()
                .run(() -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(
                                Clients.socketAddress(network.virtualAddress(Family.IPV4), 80),
                                millis);
                        return "answered";
                    } catch (SocketTimeoutException _) {
                        return "no answer";
                    } catch (ConnectException _) {
                        return "refused";
                    }
                });
    }

    /// What a client sees that asks again and again meanwhile.
    static List<String> attemptsDuring(LabNetwork network, Runnable action) {
        List<String> seen = new CopyOnWriteArrayList<>();
        AtomicBoolean done = new AtomicBoolean();
        Thread client =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!done.get()) {
                                seen.add(attempt(network, 50));
                            }
                        });
        try {
            action.run();
        } finally {
            done.set(true);
            try {
                client.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return seen;
    }

    /// Runs a program on the client that must work.
    String onClient(String... command) {
        Host.Result result = network.client().execute(command);
        assertThat(result.exitCode())
                .as("%s%n%s", String.join(" ", command), result.output())
                .isZero();
        return result.output();
    }

    /// `curl` from one of the client's addresses.
    String curl(Address from, String url) {
        return onClient(
                        "curl",
                        "-sS",
                        "--fail",
                        "--max-time",
                        "5",
                        "--interface",
                        from.toString(),
                        url)
                .strip();
    }

    /// Asks a number of times with curl, each time anew.
    List<String> curls(Family family, int port, int count) {
        List<String> answers = new ArrayList<>();
        Address from = network.clientAddresses(family).getFirst();
        for (int i = 0; i < count; i++) {
            answers.add(curl(from, Target.http(virtual(family), port).toString()));
        }
        return answers;
    }

    @Override
    public void close() {
        network.close();
    }
}
