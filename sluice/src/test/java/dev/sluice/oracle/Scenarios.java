package dev.sluice.oracle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The scenarios kept with the tests, and what the kernel said to each.
final class Scenarios {
    private static final Path DIRECTORY = Path.of("src/test/resources/scenarios");
    private static final String SCENARIO = ".scenario";

    /// Their names in order; `-Doracle.only=REGEX` narrows them.
    static List<String> names() {
        String only = System.getProperty("oracle.only", ".*");
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SCENARIO))
                    .map(name -> name.substring(0, name.length() - SCENARIO.length()))
                    .filter(name -> name.matches(only))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String name) {
        return read(DIRECTORY.resolve(name + SCENARIO));
    }

    static String kernel(String name) {
        return read(kernelFile(name));
    }

    static String differences() {
        return read(DIRECTORY.resolve("differences.txt"));
    }

    static void record(String name, String transcript) {
        try {
            Files.writeString(kernelFile(name), transcript);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path kernelFile(String name) {
        return DIRECTORY.resolve(name + ".kernel");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Scenarios() {}
}
