package dev.sluice.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// `dist/sluice.service` says what systemd understands, and options that there are.
final class SystemdUnitTest {

    @TempDir private Path folder;

    @Test
    void systemdUnderstandsIt() throws Exception {
        Needs.programs("systemd-analyze");
        // It wants the program and the user to be there.
        String here =
                unit().replace("/opt/sluice/bin/sluice", "/bin/true")
                        .replace("User=sluice", "User=root");
        Path file = Files.writeString(folder.resolve("sluice.service"), here);
        Process verify =
                new ProcessBuilder("systemd-analyze", "verify", "--man=no", file.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(verify.waitFor()).as(said).isZero();
        assertThat(said.lines().filter(line -> line.contains("sluice.service"))).isEmpty();
    }

    @Test
    void itGivesWhatTheReadmeNames() throws IOException {
        assertThat(unit())
                .contains("AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW CAP_BPF\n")
                .contains("RuntimeDirectory=sluice\n")
                .contains("Restart=on-failure\n");
    }

    private static String unit() throws IOException {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path unit = at.resolve("dist/sluice.service");
            if (Files.exists(unit)) {
                return Files.readString(unit);
            }
        }
        throw new IllegalStateException("not started inside the repository");
    }
}
