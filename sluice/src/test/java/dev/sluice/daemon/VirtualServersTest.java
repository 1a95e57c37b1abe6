package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.cli.Ipvsadm;
import dev.sluice.cli.SystemHost;
import dev.sluice.config.Host;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.Problem;
import dev.sluice.control.Capabilities;
import dev.sluice.control.Edit;
import dev.sluice.control.Program;
import dev.sluice.control.Table;
import dev.sluice.vrrp.State;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// What a keepalived.conf says of virtual servers, and what its checks find, in the table: looked
/// at with ipvsadm, and checked against servers on the loopback.
final class VirtualServersTest {

    private static final Path SAMPLES = Path.of("src/test/resources/keepalived-samples");

    @TempDir private Path folder;

    private final List<String> events = new ArrayList<>();
    private final Table table = newTable();
    private final VirtualServers servers = new VirtualServers(table, this::event);
    private final List<AutoCloseable> open = new ArrayList<>(List.of(servers));

    private synchronized void event(String line) {
        events.add(line);
    }

    private synchronized List<String> events() {
        return List.copyOf(events);
    }

    private static Table newTable() {
        return new Table(Capabilities.DIRECTOR, 1, _ -> {});
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private KeepalivedFile read(String text) throws IOException {
        Path file = folder.resolve("keepalived.conf");
        Files.writeString(file, text);
        return KeepalivedFile.read(file.toString(), new Environment("lb1", "", 0), Host.ANY);
    }

    private static String ipvsadm(Table table, String input, String... words) throws IOException {
        Program program =
                Objects.requireNonNull(
                        new Ipvsadm(table, _ -> {}, new SystemHost(Path.of("/etc/services")))
                                .programs()
                                .get(words[0]));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, UTF_8);
        program.run(
                new Program.Call(
                        words[0],
                        List.of(words).subList(1, words.length),
                        new ByteArrayInputStream(input.getBytes(UTF_8)),
                        print,
                        print));
        return out.toString(UTF_8);
    }

    private List<String> rules() {
        return rules(table);
    }

    private static List<String> rules(Table table) {
        try {
            return new TreeSet<>(ipvsadm(table, "", "ipvsadm-save", "-n").lines().toList())
                    .stream().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain for: " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    private static ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    /// Statement 14: the service table right after the start equals the recorded one as a set.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "01-mysql-dr-wrr-persistence",
                "02-web-nat-digest-sorry",
                "03-https-tunnel-quorum",
                "08-dns-udp",
                "07-group-and-fwmark",
                "09-mail-smtp-misc",
                "10-active-active-templates",
                "12-drain-and-file-weight"
            })
    void sameTable(String sample) throws Exception {
        KeepalivedFile file =
                KeepalivedFile.read(
                        SAMPLES.resolve(sample + ".conf").toString(),
                        new Environment("host", "", 1),
                        Host.ANY);
        assertThat(file.problems())
                .filteredOn(problem -> problem.severity() == Problem.Severity.ERROR)
                .isEmpty();
        table.apply(servers.plan(file));

        Table recorded = newTable();
        StringBuilder restored = new StringBuilder();
        for (String line : Files.readAllLines(SAMPLES.resolve(sample + ".ipvs"))) {
            if (line.startsWith("--set")) {
                ipvsadm(recorded, "", ("ipvsadm " + line).split(" "));
            } else if (line.startsWith("-A") || line.startsWith("-a")) {
                restored.append(line).append('\n');
            }
        }
        ipvsadm(recorded, restored.toString(), "ipvsadm-restore");
        assertThat(rules(recorded)).isNotEmpty();
        assertThat(rules()).isEqualTo(rules(recorded));
        assertThat(table.timeouts()).isEqualTo(recorded.timeouts());
    }

    private static String twoServers(int first, int second, String more) {
        return """
        virtual_server 192.0.2.80 80 {
          lb_algo rr
          lb_kind NAT
          protocol TCP
          delay_loop 0.02
          retry 2
          delay_before_retry 0.01
          connect_timeout 2
          warmup 0
          %s
          real_server 127.0.0.1 %d {
            weight 3
            TCP_CHECK {
            }
          }
          real_server 127.0.0.2 %d {
            weight 1
          }
        }
        """
                .formatted(more, first, second);
    }

    private static String rule(String rest) {
        return "-a -t 192.0.2.80:80 -r " + rest;
    }

    /// Statements 16 and 17, without their times: a port that starts refusing goes, and comes back.
    @Test
    void healthDownAndUp() throws Exception {
        ServerSocket server = listen(0);
        open.add(server);
        int port = server.getLocalPort();
        servers.load(read(twoServers(port, 81, "")));
        assertThat(rules())
                .containsExactly(
                        "-A -t 192.0.2.80:80 -s rr",
                        rule("127.0.0.1:" + port + " -m -w 3"),
                        rule("127.0.0.2:81 -m -w 1"));
        server.close();
        await("the server to go", () -> rules().size() == 2);
        open.add(listen(port));
        await("the server to return", () -> rules().size() == 3);
        String name = "RS [127.0.0.1]:tcp:" + port + " [192.0.2.80]:tcp:80 ";
        assertThat(events())
                .containsExactly("VS [192.0.2.80]:tcp:80 UP", name + "DOWN", name + "UP");
    }

    @Test
    void anOperatorsWeightSurvivesChecksAndReloads() throws Exception {
        ServerSocket server = listen(0);
        open.add(server);
        int port = server.getLocalPort();
        servers.load(read(twoServers(port, 81, "")));
        ipvsadm(
                table,
                "",
                "ipvsadm",
                "-e",
                "-t",
                "192.0.2.80:80",
                "-r",
                "127.0.0.1:" + port,
                "-m",
                "-w",
                "7");
        String manual = rule("127.0.0.1:" + port + " -m -w 7");
        assertThat(rules()).contains(manual);
        server.close();
        await("the server to go", () -> rules().size() == 2);
        open.add(listen(port));
        await("the server to return", () -> rules().size() == 3);
        assertThat(rules()).contains(manual);
        servers.load(read(twoServers(port, 82, "")));
        assertThat(rules()).contains(manual, rule("127.0.0.2:82 -m -w 1"));
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
        servers.release(
                new Program.Call(
                        "release",
                        List.of("127.0.0.1:" + port),
                        new ByteArrayInputStream(new byte[0]),
                        nowhere,
                        nowhere));
        assertThat(rules()).contains(rule("127.0.0.1:" + port + " -m -w 3"));
    }

    /// Whoever took a server out of service by hand wants it out after a take-over, too.
    @Test
    void aWeightGivenByHandSurvivesTheLossOfMastership() throws Exception {
        String instance =
                """
                vrrp_instance VI_1 {
                  interface eth0
                  virtual_router_id 51
                  virtual_ipaddress {
                    192.0.2.80
                  }
                }
                """;
        servers.load(read(instance + twoServers(1, 81, "alpha\n  follows VI_1")));
        servers.entered("VI_1", State.Name.MASTER);
        await("the service", () -> rules().size() == 2);
        String server = rules().getLast().replaceAll(".* -r (\\S+) .*", "$1");
        ipvsadm(table, "", "ipvsadm", "-e", "-t", "192.0.2.80:80", "-r", server, "-m", "-w", "0");
        assertThat(rules()).contains(rule(server + " -m -w 0"));
        servers.entered("VI_1", State.Name.BACKUP);
        await("no service", () -> rules().isEmpty());
        servers.entered("VI_1", State.Name.MASTER);
        await("the service again", () -> rules().size() == 2);
        assertThat(rules()).contains(rule(server + " -m -w 0"));
    }

    /// Statement 22: an unchanged file changes nothing, and one weight changes exactly that weight.
    @Test
    void reload() throws Exception {
        ServerSocket server = listen(0);
        open.add(server);
        String text = twoServers(server.getLocalPort(), 81, "");
        servers.load(read(text));
        assertThat(servers.plan(read(text))).isEmpty();
        List<Edit> plan = servers.plan(read(text.replace("weight 1", "weight 5")));
        assertThat(plan).singleElement().isInstanceOf(Edit.EditServer.class);
        servers.load(read(text.replace("weight 1", "weight 5")));
        assertThat(rules()).contains(rule("127.0.0.2:81 -m -w 5"));
    }

    @Test
    void whatWasDeletedByHandComesBackWithAReload() throws Exception {
        String text = twoServers(1, 81, "alpha");
        servers.load(read(text));
        ipvsadm(table, "", "ipvsadm", "-d", "-t", "192.0.2.80:80", "-r", "127.0.0.2:81");
        servers.load(read(text));
        assertThat(rules()).contains(rule("127.0.0.2:81 -m -w 1"));
    }

    /// Statement 23: a server that is down before a reload which changes its checker's timeout
    /// receives no connection until its new checker has passed.
    @Test
    void failedStaysFailed() throws Exception {
        ServerSocket server = listen(0);
        int port = server.getLocalPort();
        server.close();
        servers.load(read(twoServers(port, 81, "")));
        await("the server to go", () -> rules().size() == 2);
        servers.load(read(twoServers(port, 81, "connect_timeout 3")));
        assertThat(rules()).hasSize(2);
        open.add(listen(port));
        await("the server to return", () -> rules().size() == 3);
    }

    @Test
    void theSorryServerTakesOverInOneStep() throws Exception {
        ServerSocket server = listen(0);
        int port = server.getLocalPort();
        server.close();
        String text =
                twoServers(port, 81, "sorry_server 127.0.0.9 90")
                        .replace("real_server 127.0.0.2", "sorry_server_inhibit\n#")
                        .replace("weight 1", "");
        servers.load(read(text.substring(0, text.indexOf("#")) + "\n}\n"));
        await("the sorry server", () -> rules().contains(rule("127.0.0.9:90 -m -w 1")));
        assertThat(rules()).hasSize(2);
        open.add(listen(port));
        await("the real server", () -> rules().contains(rule("127.0.0.9:90 -m -w 0")));
        assertThat(rules()).contains(rule("127.0.0.1:" + port + " -m -w 3"));
    }

    @Test
    void aVirtualServerThatFollowsAnInstanceIsThereWhileThatIsMaster() throws Exception {
        String instance =
                """
                vrrp_instance VI_1 {
                  interface eth0
                  virtual_router_id 51
                  virtual_ipaddress {
                    192.0.2.80
                  }
                }
                """;
        servers.load(read(instance + twoServers(1, 81, "alpha\n  follows VI_1")));
        assertThat(rules()).isEmpty();
        servers.entered("VI_1", State.Name.MASTER);
        await("the service", () -> rules().size() == 2);
        servers.entered("VI_1", State.Name.BACKUP);
        await("no service", () -> rules().isEmpty());
        KeepalivedFile unknown = read(twoServers(1, 81, "follows VI_2"));
        assertThat(unknown.isUsable()).isFalse();
    }

    @Test
    void checksPauseWhileTheAddressIsElsewhere() throws Exception {
        ServerSocket server = listen(0);
        int port = server.getLocalPort();
        server.close();
        String text = twoServers(port, 81, "ha_suspend");
        servers.load(read(text));
        assertThat(servers.health().report().getFirst().servers().getFirst().checks())
                .singleElement()
                .satisfies(check -> assertThat(check.isPaused()).isTrue());
        servers.load(read(text.replace("192.0.2.80", "127.0.0.1")));
        await("a check that runs", () -> rules().size() == 2);
    }

    @Test
    void theFifosOfVirtualServersAreThoseForAllEventsAndTheirOwn() throws Exception {
        KeepalivedFile file =
                read(
                        """
                        global_defs {
                          notify_fifo /run/a
                          vrrp_notify_fifo /run/b
                          lvs_notify_fifo /run/c
                        }
                        """);
        assertThat(file.fifos()).containsExactly("/run/a", "/run/c");
    }

    @Test
    void aServerThatIsRemovedFromTheFileGoesAndSoDoesAService() throws Exception {
        servers.load(read(twoServers(1, 81, "alpha")));
        servers.load(read("global_defs {\n}\n"));
        assertThat(rules()).isEmpty();
    }

    @Test
    void servicesMayBeOfSctp() throws Exception {
        servers.load(read(twoServers(80, 80, "").replace("TCP\n", "SCTP\n")));
        assertThat(rules()).first().asString().contains("--sctp-service 192.0.2.80:80");
    }

    @Test
    void whatTheDirectorCannotDoIsAnErrorWithItsName() throws Exception {
        KeepalivedFile bfd =
                read(
                        "bfd_instance B {\n  neighbor_ip 192.0.2.9\n}\n"
                                + twoServers(80, 80, "")
                                        .replace("TCP_CHECK {", "BFD_CHECK {\n    name B"));
        assertThat(bfd.problems())
                .extracting(Problem::text)
                .contains("`BFD_CHECK` is not done yet");
    }
}
