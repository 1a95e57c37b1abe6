package dev.sluice.daemon;

import dev.sluice.cli.Sysctl;
import dev.sluice.control.Program;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// `--sysctl FILE`: settings as sysctl.conf(5) has them, in force before a packet is seen.
///
/// All of them or no start: a director whose defence is not what its operator believes is worse
/// than one that does not come up and says why.
final class SettingsFile {

    private SettingsFile() {}

    /// @throws IOException when the file cannot be read, or says something that cannot be set
    static void set(Path file, Sysctl sysctl) throws IOException {
        ByteArrayOutputStream wrong = new ByteArrayOutputStream();
        PrintStream errors = new PrintStream(wrong, true, StandardCharsets.UTF_8);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        int status;
        try (InputStream in = Files.newInputStream(file)) {
            List<String> words = List.of("-p", file.toString());
            status = sysctl.run(new Program.Call(Sysctl.NAME, words, in, nowhere, errors));
        } catch (IOException e) {
            throw new IOException(
                    "--sysctl " + file + " cannot be read; name a file like sysctl.conf", e);
        }
        if (status != 0) {
            throw new IOException(
                    "--sysctl: "
                            + wrong.toString(StandardCharsets.UTF_8).strip()
                            + "; mend the file, `sluice sysctl -a' lists what there is");
        }
    }
}
