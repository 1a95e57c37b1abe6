package dev.sluice.lab.scene;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.DirectorProcess;
import dev.sluice.net.linux.Privileges;
import dev.sluice.testing.Needs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// `bin/sluice lab` as a user runs it. Works for root, and for an ordinary user where user
/// namespaces are permitted.
final class LabProgramIT {

    /// What a finished program said.
    private record Finished(int exitCode, String output) {}

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lab --requests 200",
                "lab --requests 60 --ipv6 --real-servers 3 --scheduler wrr",
                "lab --requests 60 --udp",
                "lab --requests 60 --persistent 30",
                "lab nat --requests 60",
                "lab dr --requests 200",
                "lab dr --requests 60 --ipv6",
                "lab dr --requests 60 --without-arp-suppression"
            })
    void theLabRunsAndEveryRequestIsAnswered(String commandLine) throws Exception {
        Finished lab = sluice(commandLine);
        assertThat(lab.exitCode()).as(lab.output()).isZero();
        assertThat(lab.output()).contains("director# ipvsadm -A").contains(" 0 failed");
    }

    @Test
    void theNatLabSpreadsEvenly() throws Exception {
        Finished lab = sluice("lab --requests 100");
        assertThat(lab.output()).containsPattern("rs1 +50 ").containsPattern("rs2 +50 ");
    }

    @Test
    void theServiceOutlivesARealServerAndTheMasterDirector() throws Exception {
        Finished lab = sluice("lab ha --seconds 8");
        assertThat(lab.exitCode()).as(lab.output()).isZero();
        assertThat(lab.output())
                .contains("rs1 dies", "lb1, the master, loses its power")
                .contains("every request of the last second was answered, by rs2 through lb2");
    }

    @Test
    void optionsMayPrecedeTheScene() throws Exception {
        Finished lab = sluice("lab --real-servers 3 --requests 30 dr --requests 60");
        assertThat(lab.output()).contains("rs3").contains("60 requests to");
    }

    @Test
    void theLabsAreListed() throws Exception {
        Finished list = sluice("lab list");
        assertThat(list.exitCode()).isZero();
        assertThat(list.output()).containsPattern("(?m)^nat ").containsPattern("(?m)^dr ");
    }

    @Test
    void theSchedulersAreShownAtWork() throws Exception {
        Finished lab = sluice("lab schedulers --real-servers 3");
        assertThat(lab.exitCode()).as(lab.output()).isZero();
        assertThat(lab.output())
                .contains("rr     321321321321 321321321321 321321321321  12 12 12")
                .contains("wrr    321332321332 321332321332 321332321332   6 12 18")
                .contains("fo     333333333333 333333333333 333333333333   0  0 36")
                .contains("ovf    333333333333 333333333333 333333322222   0  5 31")
                .containsPattern("sh     ([1-3]{12}) \\1 \\1 ")
                .containsPattern("dh     ([1-3])\\1{11} \\1{12} \\1{12} ");
    }

    @Test
    void theSchedulersLabIsAboutConnections() throws Exception {
        Finished lab = sluice("lab schedulers --udp");
        assertThat(lab.exitCode()).isEqualTo(1);
        assertThat(lab.output()).contains("connections that stay open").doesNotContain("\tat ");
    }

    @Test
    void directRoutingIsSeenOnTheWire() throws Exception {
        Finished lab = sluice("lab dr --requests 10");
        assertThat(lab.output())
                .contains("Only the director answers")
                .contains("the reply went straight to the client")
                .contains("Connections: 10 requests and the traced one are 11");
    }

    @Test
    void withoutArpSuppressionRequestsGoPastTheDirector() throws Exception {
        Finished lab = sluice("lab dr --requests 10 --without-arp-suppression");
        assertThat(lab.output()).contains("More than the director answer");
    }

    @Test
    void aHeldLabCanBeLookedAtRefusesASecondOneAndEndsByAnInterrupt() throws Exception {
        Process held = hold();
        try {
            assertThat(sluice("lab exec client cat /proc/net/route").output())
                    .contains("eth0\t00000000\t0100000A");
            assertThat(sluice("lab exec director ipvsadm -Ln").output())
                    .contains("TCP  10.0.0.13:80 rr");
            Finished second = sluice("lab");
            assertThat(second.exitCode()).isNotZero();
            assertThat(second.output()).contains("another lab is running");
        } finally {
            held.destroy();
            assertThat(held.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        Finished gone = sluice("lab exec client true");
        assertThat(gone.exitCode()).isNotZero();
        assertThat(gone.output()).contains("no lab");
    }

    @Test
    void anyProgramRunsInside() throws Exception {
        Needs.programs("curl");
        Process held = hold();
        try {
            assertThat(sluice("lab exec client curl -s http://10.0.0.13/").output())
                    .startsWith("rs");
            assertThat(sluice("lab exec rs1 no-such-program").output())
                    .contains("is it installed?");
        } finally {
            held.destroy();
            assertThat(held.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void whatAKilledLabLeftIsRemovedAtTheNextStart() throws Exception {
        hold().destroyForcibly().waitFor();
        Finished next = sluice("lab --requests 10");
        assertThat(next.exitCode()).as(next.output()).isZero();
        assertThat(next.output())
                .containsPattern("removed what an earlier lab left behind: program .* run ");
    }

    /// A lab that is up.
    private static Process hold() throws IOException, InterruptedException {
        Process held = start("lab --requests 10 --hold");
        BufferedReader lines = held.inputReader();
        StringBuilder said = new StringBuilder();
        String line;
        while ((line = lines.readLine()) != null && !line.contains("The director's log is in /")) {
            said.append(line).append('\n');
        }
        assertThat(line).as(said.toString()).isNotNull();
        assertThat(said)
                .contains("The lab stays up until Ctrl-C")
                .contains("bin/sluice lab exec director sluice status");
        return held;
    }

    private static Finished sluice(String words) throws IOException, InterruptedException {
        Process process = start(words);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Finished(process.waitFor(), output);
    }

    private static Process start(String words) throws IOException, InterruptedException {
        Privileges.needUserNamespaces();
        List<String> command = new ArrayList<>();
        command.add(DirectorProcess.launcher("sluice").toString());
        command.addAll(List.of(words.split(" ", -1)));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
