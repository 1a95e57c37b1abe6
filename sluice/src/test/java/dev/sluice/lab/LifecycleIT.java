package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Route;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Starting, stopping, crashing.
final class LifecycleIT {

    /// Silence is what lasts so long; an answer may take its time on a busy machine.
    private static final int SILENCE_MILLIS = 700;

    private static final int PATIENCE_MILLIS = 30_000;

    private TestBed bed;
    private String before = "";

    @BeforeEach
    void startLab() {
        LabNetwork network = TestBed.natNetwork(2);
        before = traces(network.director());
        bed = TestBed.of(network);
        for (Host server : network.realServers()) {
            HttpNameServer.start(server, 80);
        }
        configure();
    }

    @AfterEach
    void stopLab() {
        if (bed != null) {
            bed.close();
        }
    }

    private void configure() {
        bed.balance(bed.service("-t", Family.IPV4, 80), "-s rr", 80, "-m");
        assertThat(attempt(PATIENCE_MILLIS)).isEqualTo("answered");
    }

    @Test
    void theFirstPacketIsForwardedSoonAfterTheStart() {
        System.out.printf(
                "start: packets flow %d ms after the launcher was started%n",
                bed.director().startUp().toMillis());
        assertThat(bed.director().startUp()).isPositive();
    }

    @Test
    void sigtermLeavesNoTrace() {
        assertThat(traces(bed.network().director())).isNotEqualTo(before);
        bed.director().terminate();
        assertThat(traces(bed.network().director())).isEqualTo(before);
        assertThat(attempt(PATIENCE_MILLIS))
                .as("the kernel's own answer is back")
                .isEqualTo("refused");
        assertThat(bed.network().controlSocket()).doesNotExist();
    }

    @Test
    void afterAKillPacketsAreDroppedUntilTheNextDirectorTakesOver() {
        bed.director().kill();
        assertThat(attempt(SILENCE_MILLIS)).as("at once").isEqualTo("no answer");
        TestBed.sleep(Duration.ofSeconds(3));
        assertThat(attempt(SILENCE_MILLIS))
                .as("when the heartbeat is stale")
                .isEqualTo("no answer");
        bed.restartDirector();
        configure();
        bed.director().terminate();
        assertThat(traces(bed.network().director())).isEqualTo(before);
    }

    /// The service that is last in the rules is the one that a half-restored table would give to
    /// the kernel, which answers with resets.
    @Test
    void aRestartWithRulesNeverAnswersWithResets() throws IOException {
        Path rules = savedRules();
        bed.director().kill();
        List<String> seen =
                attemptsDuring(() -> bed.restartDirector("--restore", rules.toString()));
        assertThat(seen).isNotEmpty().doesNotContain("refused");
        assertThat(attempt(PATIENCE_MILLIS)).isEqualTo("answered");
    }

    @Test
    void aRestoreIntoARestartedDirectorNeverAnswersWithResets() throws IOException {
        Path rules = savedRules();
        bed.director().kill();
        bed.restartDirector();
        assertThat(attempt(SILENCE_MILLIS)).as("no table yet").isEqualTo("no answer");
        bed.ipvsadm("-C");
        assertThat(attempt(SILENCE_MILLIS)).as("still none").isEqualTo("no answer");
        List<String> seen =
                attemptsDuring(() ->
                        bed.network()
                                .director()
                                .execute(
                                        bed.director().environment(),
                                        "sh",
                                        "-c",
                                        DirectorProcess.launcher("ipvsadm-restore") + " <" + rules)
                                .orThrow());
        assertThat(seen).isNotEmpty().doesNotContain("refused");
        assertThat(attempt(PATIENCE_MILLIS)).isEqualTo("answered");
    }

    @Test
    void aRestartThatIsSaidToBeEmptyGivesServicesBackToTheKernel() {
        bed.director().kill();
        bed.restartDirector("--empty");
        assertThat(attempt(PATIENCE_MILLIS)).isEqualTo("refused");
    }

    @Test
    void rulesThatAreNotThereAreSaid() {
        bed.director().kill();
        DirectorProcess next = DirectorProcess.launch(bed.network(), "--restore", "/no/such/rules");
        assertThat(next.awaitEnd()).isEqualTo(1);
        assertThat(next.log()).contains("--restore /no/such/rules: there is no such file");
        assertThat(attempt(SILENCE_MILLIS)).as("dropped as before").isEqualTo("no answer");
    }

    @Test
    void sluiceStopReturnsWhenTheDaemonHasEnded() {
        Host.Result result = bed.director().sluice("stop");
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(bed.director().isAlive()).isFalse();
        assertThat(traces(bed.network().director())).isEqualTo(before);
    }

    /// Many services, the one that clients ask last.
    private Path savedRules() throws IOException {
        StringBuilder rules = new StringBuilder();
        for (int port = 1000; port < 1200; port++) {
            rules.append("-A -t 10.0.0.13:%d -s rr\n".formatted(port));
            rules.append("-a -t 10.0.0.13:%d -r 172.16.1.11:80 -m -w 1\n".formatted(port));
        }
        rules.append("-A -t 10.0.0.13:80 -s rr\n-a -t 10.0.0.13:80 -r 172.16.1.11:80 -m -w 1\n");
        return Files.writeString(bed.network().directory().resolve("rules"), rules);
    }

    private List<String> attemptsDuring(Runnable action) {
        return TestBed.attemptsDuring(bed.network(), action);
    }

    @Test
    void afterAKillSluiceStopRemovesEverything() {
        bed.director().kill();
        Host.Result result = bed.director().sluice("stop");
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(traces(bed.network().director())).isEqualTo(before);
        assertThat(attempt(PATIENCE_MILLIS)).isEqualTo("refused");
    }

    @Test
    void aKillDoesNotDisturbBystanders() throws IOException {
        try (var _ = EchoServer.start(bed.network().director(), 2222);
                var session =
                        EchoServer.Session.open(
                                bed.network().client(),
                                new InetSocketAddress(0),
                                Clients.socketAddress(bed.virtual(Family.IPV4), 2222))) {
            assertThat(session.say("before")).isEqualTo("before");
            bed.director().kill();
            assertThat(session.say("after")).isEqualTo("after");
            TestBed.sleep(Duration.ofSeconds(3));
            assertThat(session.say("later")).isEqualTo("later");
        }
    }

    @Test
    void aSecondDirectorIsRefused() {
        DirectorProcess second =
                DirectorProcess.launch(
                        bed.network(),
                        "--control",
                        bed.network().controlSocket().resolveSibling("second").toString());
        assertThat(second.awaitEnd()).isNotZero();
        assertThat(second.log()).contains("another director runs on this interface");
        assertThat(attempt(PATIENCE_MILLIS)).as("the first goes on").isEqualTo("answered");
    }

    @Test
    void theProgramItselfTalksToTheDirector() {
        Host.Result listing =
                bed.network()
                        .director()
                        .execute(
                                bed.director().environment(),
                                DirectorProcess.launcher("ipvsadm").toString(),
                                "-Ln");
        assertThat(listing.exitCode()).as(listing.output()).isZero();
        assertThat(listing.output())
                .startsWith("IP Virtual Server version")
                .contains("TCP  10.0.0.13:80 rr");
    }

    private String attempt(int millis) {
        return TestBed.attempt(bed.network(), millis);
    }

    /// What a director could leave behind on a host, as text to compare.
    private static String traces(Host host) {
        List<String> traces = new ArrayList<>();
        try (Rtnetlink netlink = Rtnetlink.open(host.namespace())) {
            for (Link link : netlink.links().list()) {
                traces.add(link.name() + " " + link.flags());
            }
            for (Family family : Family.values()) {
                for (Route route : netlink.routes().list(family)) {
                    // The local table is the kernel's own: it follows from the addresses, some of
                    // it
                    // late (anycast routes, once forwarding is noticed).
                    if (route.table() != Route.TABLE_LOCAL) {
                        traces.add(route.toString());
                    }
                }
                netlink.rules().list(family).forEach(rule -> traces.add(rule.toString()));
            }
            // Their flags change by themselves: a link-local address is tentative at first.
            for (InterfaceAddress address : netlink.addresses().list()) {
                traces.add(address.address() + " at " + address.interfaceIndex());
            }
        }
        Path pins = Path.of("/sys/fs/bpf/sluice", Long.toString(host.namespace().inode()));
        traces.add("pins: " + Files.exists(pins));
        traces.sort(null);
        return String.join("\n", traces);
    }
}
