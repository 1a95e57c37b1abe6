package dev.sluice.ldirectord;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.net.httpserver.HttpServer;

import dev.sluice.Main;
import dev.sluice.cli.Ipvsadm;
import dev.sluice.cli.SystemHost;
import dev.sluice.config.ldirectord.LdirectorSettings;
import dev.sluice.config.ldirectord.Ldirectord;
import dev.sluice.config.ldirectord.Machine;
import dev.sluice.control.Capabilities;
import dev.sluice.control.ControlServer;
import dev.sluice.control.Table;
import dev.sluice.testing.Needs;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The same ldirectord.cf under the real ldirectord, which drives a table of ours by our ipvsadm,
/// and under [Ldirector]: servers go down and up, and both tables are the same at the same moments.
/// What a moment is, is counted in questions: how often a server was asked before its row changed.
final class LdirectordComparisonIT {

    private static final long PATIENCE_SECONDS = 90;
    private static final int WEB_PORT = 18_081;
    private static final int PLAIN_PORT = 18_082;
    private static final String FINE = "all is fine";

    @TempDir private Path folder;

    private final Table ours = new Table(Capabilities.DIRECTOR, 1, _ -> {});
    private final Table peers = new Table(Capabilities.DIRECTOR, 1, _ -> {});
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Site first = new Site("127.0.0.2", WEB_PORT);
    private final Site second = new Site("127.0.0.3", WEB_PORT);
    private final Site plain = new Site("127.0.0.2", PLAIN_PORT);

    /// A web server that can be broken, and counts who asks.
    private static final class Site {

        private final String address;
        private final int port;
        private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
        private volatile int status = 200;
        private HttpServer server;

        @SuppressWarnings("NullAway.Init")
        Site(String address, int port) {
            this.address = address;
            this.port = port;
        }

        void begin() throws IOException {
            server = HttpServer.create(new InetSocketAddress(address, port), 50);
            server.createContext(
                    "/",
                    exchange -> {
                        String agent = exchange.getRequestHeaders().getFirst("User-Agent");
                        count(agent != null && agent.contains("libwww") ? "peer" : "us")
                                .incrementAndGet();
                        byte[] body = FINE.getBytes(StandardCharsets.UTF_8);
                        exchange.sendResponseHeaders(status, body.length);
                        exchange.getResponseBody().write(body);
                        exchange.close();
                    });
            server.start();
        }

        AtomicInteger count(String who) {
            return asked.computeIfAbsent(who, _ -> new AtomicInteger());
        }

        void end() {
            server.stop(0);
        }
    }

    @BeforeEach
    void serversAreThere() throws IOException {
        first.begin();
        second.begin();
        plain.begin();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        for (Site site : List.of(first, second, plain)) {
            site.end();
        }
    }

    private String file(String name, String text, boolean isProgram) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        if (isProgram) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return file.toString();
    }

    private static String configuration(String check) {
        return """
        checkinterval=1
        checktimeout=5
        negotiatetimeout=5
        failurecount=2
        quiescent=yes
        virtual=192.0.2.200:80
            real=127.0.0.2:18081 masq
            real=127.0.0.3:18081 masq 3
            fallback=127.0.0.1:80
            scheduler=wlc
            persistent=120
            receive="is f[a-i]ne"
        virtual=192.0.2.200:81
            real=127.0.0.2:18082 masq 2 l:5 u:9
            quiescent=no
            checktype=connect
            fallback=127.0.0.1:81 masq
        virtual=192.0.2.200:82
            real=127.0.0.9:82 masq
            checktype=on
        virtual=7
            real=127.0.0.2 gate
            real=127.0.0.3 gate 5
            checktype=external
            checkcommand=%s
        """
                .formatted(check);
    }

    private static String rows(Table table) {
        return table.desired().services().stream()
                .map(service ->
                        service.key()
                                + " "
                                + service.settings()
                                + service.newestFirst().stream()
                                        .map(server ->
                                                "\n  " + server.key() + " " + server.settings())
                                        .sorted()
                                        .collect(Collectors.joining()))
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private static int weight(Table table, int port, String server) {
        return table.desired().services().stream()
                .filter(service -> service.key().toString().matches(".*[ :]" + port))
                .flatMap(service -> service.newestFirst().stream())
                .filter(each -> each.key().toString().equals(server))
                .mapToInt(each -> each.settings().weight())
                .findFirst()
                .orElse(-1);
    }

    /// Waits until a server has this weight in a table.
    private void awaitWeight(Table table, int port, String server, int weight) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (weight(table, port, server) != weight) {
            if (System.nanoTime() - deadline > 0) {
                fail(
                        "%s does not get weight %d%nours:%n%s%ntheirs:%n%s%n%s"
                                .formatted(server, weight, rows(ours), rows(peers), said()));
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private String said() {
        try {
            return Files.readString(folder.resolve("said"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /// After a change, both tables come to show the same weight, and nobody needed more than one
    /// round more than the other.
    private void bothGive(Site site, int port, int weight, Runnable change) throws Exception {
        String server = site.address + ":" + site.port;
        int we = site.count("us").get();
        int they = site.count("peer").get();
        change.run();
        Thread other =
                Thread.ofPlatform()
                        .start(() -> {
                            awaitWeight(peers, port, server, weight);
                            site.count("peer needed").set(site.count("peer").get() - they);
                        });
        awaitWeight(ours, port, server, weight);
        int needed = site.count("us").get() - we;
        other.join();
        int peerNeeded = site.count("peer needed").get();
        assertTrue(
                Math.abs(needed - peerNeeded) <= 1,
                "%s: we asked %d times, ldirectord %d".formatted(server, needed, peerNeeded));
        awaitTheSame();
    }

    private void awaitTheSame() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!rows(ours).equals(rows(peers)) && System.nanoTime() - deadline < 0) {
            Thread.sleep(20);
        }
        assertEquals(rows(peers), rows(ours), this::said);
    }

    @Test
    void bothTablesAreTheSameAtTheSameMoments() throws Exception {
        Needs.programs("ldirectord");
        String check =
                file("check", "#!/bin/sh\n[ ! -e \"%s/broken-$3\" ]\n".formatted(folder), true);
        String text = configuration(check);
        String file = file("l.cf", text, false);
        Process peer = startPeer(file);
        LdirectorSettings settings = Ldirectord.read(file, text, Machine.WITHOUT_NAMES).settings();
        Ldirector ldirector =
                Ldirector.start(
                        file,
                        settings,
                        Optional::empty,
                        ours,
                        broken -> {
                            throw new IllegalStateException(broken);
                        });
        open.add(ldirector);
        awaitWeight(peers, 80, "127.0.0.3:18081", 3);
        awaitWeight(peers, 81, "127.0.0.2:18082", 2);
        awaitTheSame();

        bothGive(first, 80, 0, () -> first.status = 500);
        bothGive(first, 80, 1, () -> first.status = 200);
        bothGive(first, 80, 0, () -> first.status = 404);
        bothGive(second, 80, 0, () -> second.status = 500);
        assertEquals(1, weight(ours, 80, "127.0.0.1:80"), "the fallback");
        bothGive(first, 80, 1, () -> first.status = 200);
        assertEquals(-1, weight(ours, 80, "127.0.0.1:80"), "the fallback");
        bothGive(plain, 81, -1, plain::end);
        assertEquals(1, weight(ours, 81, "127.0.0.1:81"), "the other fallback");
        plain.begin();
        awaitWeight(ours, 81, "127.0.0.2:18082", 2);
        awaitTheSame();
        file("broken-127.0.0.3", "", false);
        awaitWeight(ours, 7, "127.0.0.3:0", 0);
        awaitWeight(peers, 7, "127.0.0.3:0", 0);
        awaitTheSame();
        second.end();
        bothGive(first, 80, 0, () -> first.status = 503);
        second.begin();
        second.status = 200;
        awaitWeight(ours, 80, "127.0.0.3:18081", 3);
        awaitTheSame();

        peer.destroy();
        assertTrue(peer.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "ldirectord does not stop");
        ldirector.close();
        assertEquals("", rows(ours));
        assertEquals("", rows(peers), this::said);
    }

    /// The real one, with our ipvsadm as its own: it prefers one in the folder that it runs in.
    private Process startPeer(String file) throws IOException {
        Path socket = folder.resolve("control.sock");
        open.add(
                ControlServer.open(
                        socket,
                        Map.copyOf(
                                new Ipvsadm(
                                                peers,
                                                _ -> {},
                                                new SystemHost(Path.of("/etc/services")))
                                        .programs())));
        file(
                "ipvsadm",
                """
                #!/bin/sh
                SLUICE_SOCKET=%s exec %s/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
                    --enable-native-access=ALL-UNNAMED -cp %s dev.sluice.Main ipvsadm "$@"
                """
                        .formatted(socket, System.getProperty("java.home"), classPath()),
                true);
        Process peer =
                new ProcessBuilder("ldirectord", "-d", file, "start")
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("said").toFile())
                        .start();
        open.add(() -> {
            peer.destroy();
            if (!peer.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                peer.destroyForcibly();
            }
        });
        return peer;
    }

    private static String classPath() {
        return Stream.of(
                        Main.class,
                        CommandLine.class,
                        LoggerFactory.class,
                        LoggerFactory.getILoggerFactory().getClass())
                .map(each -> each.getProtectionDomain().getCodeSource().getLocation().getPath())
                .distinct()
                .collect(Collectors.joining(":"));
    }
}
