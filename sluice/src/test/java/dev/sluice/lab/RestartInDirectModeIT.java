package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A director in direct mode is killed and comes back: as with the eBPF gate, clients never hear a
/// reset of the kernel's.
final class RestartInDirectModeIT {

    private static final int PATIENCE_MILLIS = 30_000;
    private static final int SILENCE_MILLIS = 700;
    private static final String DEVICES = "grep -c slow /proc/self/net/dev";

    private TestBed bed;

    @BeforeEach
    void killADirector() {
        bed = TestBed.nat(1, "--mode", "direct");
        HttpNameServer.start(bed.realServer(0), 80);
        bed.balance(bed.service("-t", Family.IPV4, 80), "-s rr", 80, "-m");
        assertThat(TestBed.attempt(bed.network(), PATIENCE_MILLIS)).isEqualTo("answered");
        bed.director().kill();
        assertThat(TestBed.attempt(bed.network(), SILENCE_MILLIS)).isEqualTo("no answer");
    }

    @AfterEach
    void stopLab() {
        bed.close();
    }

    @Test
    void aRestartWithRulesNeverAnswersWithResets() throws IOException {
        Path rules =
                Files.writeString(
                        bed.network().directory().resolve("rules"),
                        """
                        -A -t 10.0.0.13:80 -s rr
                        -a -t 10.0.0.13:80 -r 172.16.1.11:80 -m -w 1
                        """);
        List<String> seen =
                TestBed.attemptsDuring(
                        bed.network(), () -> bed.restartDirector("--restore", rules.toString()));
        assertThat(seen).isNotEmpty().doesNotContain("refused");
        assertThat(TestBed.attempt(bed.network(), PATIENCE_MILLIS)).isEqualTo("answered");
        assertThat(bed.director().log()).contains("took over");
        assertThat(slowDevices()).as("the old ones are gone").isEqualTo("4");
        bed.director().terminate();
        assertThat(slowDevices()).isEqualTo("0");
    }

    @Test
    void untilThereAreRulesPacketsAreDropped() {
        bed.restartDirector();
        assertThat(TestBed.attempt(bed.network(), SILENCE_MILLIS)).isEqualTo("no answer");
        bed.balance(bed.service("-t", Family.IPV4, 80), "-s rr", 80, "-m");
        assertThat(TestBed.attempt(bed.network(), PATIENCE_MILLIS)).isEqualTo("answered");
    }

    @Test
    void aRestartThatIsSaidToBeEmptyGivesServicesBackToTheKernel() {
        bed.restartDirector("--empty");
        assertThat(TestBed.attempt(bed.network(), PATIENCE_MILLIS)).isEqualTo("refused");
    }

    private String slowDevices() {
        return bed.network().director().execute("sh", "-c", DEVICES).output().strip();
    }
}
