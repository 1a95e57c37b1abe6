package dev.sluice.daemon;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How the log's lines look: with time and level, or, where standard error is systemd's journal,
/// with the priority in front that sd-daemon(3) defines and without a time of their own.
final class LogFormat {

    /// Where logback.xml looks.
    private static final String PATTERN = "sluice.log.pattern";

    static final String JOURNAL =
            "%replace(%replace(%replace(%replace(%replace(%level){'ERROR','<3>'}){'WARN','<4>'})"
                    + "{'INFO','<6>'}){'DEBUG','<7>'}){'TRACE','<7>'}%msg%reason%n%nopex";

    private LogFormat() {}

    /// To be called before anything is logged.
    static void choose() {
        if (isJournal(System.getenv("JOURNAL_STREAM"), Path.of("/proc/self/fd/2"))) {
            System.setProperty(PATTERN, JOURNAL);
        }
    }

    /// @param stream device and inode of the journal's socket, `9:12345`, as systemd says them; a
    ///   program whose errors go elsewhere inherits them all the same
    static boolean isJournal(@Nullable String stream, Path errors) {
        if (stream == null) {
            return false;
        }
        try {
            return stream.equals(
                    Files.getAttribute(errors, "unix:dev")
                            + ":"
                            + Files.getAttribute(errors, "unix:ino"));
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
