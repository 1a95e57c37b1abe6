package dev.sluice.daemon;

import dev.sluice.control.Program;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// `--restore FILE`: rules as `ipvsadm-save` writes them, carried out before a packet is seen.
///
/// A rule that is refused is told and passed over, as `ipvsadm-restore` does: the other services
/// are better than none.
final class RulesFile {

    private static final Logger LOG = LoggerFactory.getLogger(RulesFile.class);

    /// More complaints are only counted.
    private static final int LINES = 10;

    private RulesFile() {}

    /// @param restore the program `ipvsadm-restore`
    /// @throws IOException when there is no such file to read
    static void restore(Path file, Program restore) throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(said, false, StandardCharsets.UTF_8);
        try (InputStream in = open(file)) {
            int _ = restore.run(new Program.Call("ipvsadm-restore", List.of(), in, both, both));
        }
        both.flush();
        List<String> complaints =
                said.toString(StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.isBlank())
                        .toList();
        complaints.stream().limit(LINES).forEach(line -> LOG.error("--restore {}: {}", file, line));
        if (complaints.size() > LINES) {
            LOG.error(
                    "--restore {}: {} more; all of them: sluice ipvsadm-restore <{}",
                    file,
                    complaints.size() - LINES,
                    file);
        }
    }

    private static InputStream open(Path file) throws IOException {
        try {
            if (Files.isDirectory(file)) {
                throw new IOException("it is a directory");
            }
            return Files.newInputStream(file);
        } catch (IOException e) {
            String reason =
                    Files.exists(file) ? String.valueOf(e.getMessage()) : "there is no such file";
            throw new IOException(
                    "--restore "
                            + file
                            + ": "
                            + reason
                            + "; name rules that ipvsadm-save wrote, or start with --empty",
                    e);
        }
    }
}
