package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;

/// The director with a few capabilities instead of all: it runs with those that README names, and
/// says in one sentence what is missing.
final class LeastPrivilegesIT {

    @ParameterizedTest
    @CsvSource({
        "'+net_admin,+net_raw,+bpf', ebpf, ' ready, '",
        "'+net_admin,+net_raw', direct, ' ready, '",
        "'+net_admin,+net_raw', ebpf, 'sluice run: it needs root, or as an ordinary user: CAP_BPF"
                + " '",
        "'+net_admin', direct, 'sluice run: it needs root, or as an ordinary user: CAP_NET_RAW '",
        "'-net_raw', auto, 'sluice run: it needs root, or as an ordinary user: CAP_NET_ADMIN '"
    })
    void itRunsOrSaysWhatIsMissing(String capabilities, String mode, String says) throws Exception {
        Needs.programs("setpriv");
        try (LabNetwork network = TestBed.natNetwork(1)) {
            ProcessBuilder command =
                    new ProcessBuilder(
                            "setpriv",
                            "--bounding-set=-all," + capabilities,
                            "--inh-caps=-all," + capabilities,
                            DirectorProcess.launcher("sluice").toString(),
                            "run",
                            "--interface",
                            "eth0,eth1",
                            "--mode",
                            mode,
                            "--control",
                            network.controlSocket().toString());
            Process director = network.director().start(command.redirectErrorStream(true));
            String said = firstSentence(director);
            director.destroy();
            assertThat(director.waitFor()).isNotNegative();
            assertThat(said).contains(says);
        }
    }

    /// What it ends with, or that it is ready; a stack trace says neither.
    private static String firstSentence(Process director) throws IOException {
        StringBuilder all = new StringBuilder();
        BufferedReader lines = director.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            all.append(line).append('\n');
            if (line.startsWith("sluice") || line.contains(" ready, ")) {
                return line;
            }
        }
        return all.toString();
    }
}
