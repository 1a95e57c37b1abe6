package dev.sluice.oracle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The scenarios kept with the tests, and what the kernel said to each.
final class Scenarios {
    private static final Path DIRECTORY = Path.of("src/test/resources/scenarios");
    private static final Path MADE_UP = DIRECTORY.resolve("random");
    private static final String SCENARIO = ".scenario";
    private static final String KERNEL = ".kernel";
    private static final String RANDOM = "random-";

    /// Their names in order; `-Doracle.only=REGEX` narrows them. Made-up ones are `random-SEED`;
    /// `-Doracle.seeds=N` adds the first N, to record them.
    static List<String> names() {
        String only = System.getProperty("oracle.only", ".*");
        int seeds = Integer.getInteger("oracle.seeds", 0);
        return Stream.of(
                        written(DIRECTORY, SCENARIO),
                        written(MADE_UP, KERNEL),
                        IntStream.rangeClosed(1, seeds).mapToObj("random-%03d"::formatted))
                .flatMap(names -> names)
                .filter(name -> name.matches(only))
                .distinct()
                .sorted()
                .toList();
    }

    private static Stream<String> written(Path directory, String ending) {
        try (Stream<Path> files = Files.list(directory)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .map(name -> name.substring(0, name.length() - ending.length()))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String name) {
        return name.startsWith(RANDOM)
                ? RandomScenario.text(Long.parseLong(name.substring(RANDOM.length())))
                : read(DIRECTORY.resolve(name + SCENARIO));
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
        return (name.startsWith(RANDOM) ? MADE_UP : DIRECTORY).resolve(name + KERNEL);
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
