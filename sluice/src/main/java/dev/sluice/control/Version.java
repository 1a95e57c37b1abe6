package dev.sluice.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// Which Sluice this is, as its build wrote it down.
///
/// @param number of the release
/// @param commit what `git describe` called it; `-dirty` when sources were changed after that
public record Version(String number, String commit) {

    private static final String UNKNOWN = "unknown";

    /// Of the running program. Classes that no build has packed know neither.
    public static Version current() {
        Properties written = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in != null) {
                written.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Version(
                written.getProperty("version", UNKNOWN), written.getProperty("commit", UNKNOWN));
    }

    /// `0.1.0 (commit 6aa485c)`
    @Override
    public String toString() {
        return number + " (commit " + commit + ")";
    }
}
