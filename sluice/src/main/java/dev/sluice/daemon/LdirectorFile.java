package dev.sluice.daemon;

import dev.sluice.config.ldirectord.LdirectorSettings;
import dev.sluice.config.ldirectord.Ldirectord;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A ldirectord.cf on the disk.
final class LdirectorFile {

    /// More than any configuration has.
    private static final long MOST_BYTES = 64L << 20;

    private LdirectorFile() {}

    /// What a file says, if there is one.
    ///
    /// @param settings empty when it is refused
    /// @param problems all that is wrong with it
    record Read(Optional<LdirectorSettings> settings, List<Problem> problems) {}

    static Read read(String file) {
        String text;
        try {
            Path path = Path.of(file);
            if (Files.size(path) > MOST_BYTES) {
                return unreadable(file, "it is larger than 64 MiB");
            }
            text = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
        } catch (IOException | InvalidPathException e) {
            return unreadable(file, e.getClass().getSimpleName() + " " + e.getMessage());
        }
        Ldirectord.Reading reading = Ldirectord.read(file, text, new LdirectorMachine());
        return new Read(
                reading.isUsable() ? Optional.of(reading.settings()) : Optional.empty(),
                reading.problems());
    }

    private static Read unreadable(String file, String why) {
        return new Read(
                Optional.empty(),
                List.of(
                        new Problem(
                                Severity.ERROR,
                                Place.of(file),
                                "cannot be read: " + why,
                                "name a ldirectord.cf")));
    }
}
