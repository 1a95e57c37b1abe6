package dev.sluice.health.probe;

import dev.sluice.health.pool.Load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads a number from a file: `FILE_CHECK` (keepalived.md §6.8). Times its factor it is added to
/// the weight; a missing or empty file is 0.
public record FileProbe(Path file, long factor) implements Probe {

    private static final long LEAST = -2_147_483_648L;

    @Override
    public Finding ask(int part) {
        long value = value() * factor;
        return value <= LEAST
                ? Finding.failed("the file says " + value)
                : Finding.passed("the file says " + value).with(new Load.More(value));
    }

    private long value() {
        try {
            String[] words = Files.readString(file).strip().split("\\s", 2);
            return Math.clamp(Long.parseLong(words[0]), LEAST, -LEAST);
        } catch (IOException | NumberFormatException _) {
            return 0;
        }
    }
}
