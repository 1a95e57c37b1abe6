package dev.sluice.net.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many processors the kernel keeps per-CPU values for: the possible ones, not those online.
final class Processors {

    private static final int POSSIBLE = read();

    private Processors() {}

    static int possible() {
        return POSSIBLE;
    }

    /// The file says `0` or `0-7`.
    private static int read() {
        try {
            String range = Files.readString(Path.of("/sys/devices/system/cpu/possible")).strip();
            return Integer.parseInt(range.substring(range.indexOf('-') + 1)) + 1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
