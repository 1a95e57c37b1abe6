package dev.sluice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.text.Environment;
import dev.sluice.config.text.FilesInMemory;
import dev.sluice.config.text.Problem;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The samples of `keepalived-samples`, which keepalived 2.2.7 was given: keepalived.md §14, as far
/// as it concerns the file.
final class SamplesTest {

    private static final Path FOLDER = Path.of("src/test/resources/keepalived-samples");

    /// Statement 14: the service table right after the start equals the recorded one as a set.
    @TestFactory
    Stream<DynamicTest> sameTable() throws IOException {
        return files("[01].*\\.ipvs")
                .map(recorded ->
                        DynamicTest.dynamicTest(
                                recorded.getFileName().toString(), () -> sameTable(recorded)));
    }

    private static void sameTable(Path recorded) throws IOException {
        String name = recorded.getFileName().toString().replace(".ipvs", ".conf");
        List<String> expected = Files.readAllLines(recorded);
        assertEquals(
                String.join("\n", new TreeSet<>(expected)),
                String.join("\n", new TreeSet<>(IpvsRules.of(read(name, "host").settings()))));
    }

    /// Statement 15, first half: valid samples pass with status 0 and no output.
    @TestFactory
    Stream<DynamicTest> validSamplesPassInSilence() throws IOException {
        return files("[01].*\\.conf")
                .map(sample ->
                        DynamicTest.dynamicTest(
                                sample.getFileName().toString(),
                                () -> {
                                    for (String id : List.of("host", "one", "two")) {
                                        Reading reading = read(sample.getFileName().toString(), id);
                                        assertEquals(List.of(), reading.problems());
                                        assertEquals(0, reading.exitStatus());
                                    }
                                }));
    }

    /// Statement 15, second half: each invalid one gives non-zero status and at least one complaint
    /// for every line that keepalived complains about.
    @TestFactory
    Stream<DynamicTest> invalidSamplesAreRefusedLineByLine() throws IOException {
        return files("bad.*\\.conf")
                .map(sample ->
                        DynamicTest.dynamicTest(
                                sample.getFileName().toString(), () -> refused(sample)));
    }

    private static void refused(Path sample) throws IOException {
        String name = sample.getFileName().toString();
        Reading reading = read(name, "host");
        assertNotEquals(0, reading.exitStatus());
        List<Integer> lines =
                reading.problems().stream().map(problem -> problem.place().line()).toList();
        Matcher expected =
                Pattern.compile("Line ([0-9]+)\\).*")
                        .matcher(
                                Files.readString(
                                        FOLDER.resolve(name.replace(".conf", ".expected"))));
        while (expected.find()) {
            assertTrue(
                    lines.contains(Integer.valueOf(expected.group(1))),
                    () -> expected.group() + " has no partner in " + reading.problems());
        }
    }

    private static Stream<Path> files(String name) throws IOException {
        try (Stream<Path> all = Files.list(FOLDER)) {
            List<Path> found =
                    all.filter(path -> path.getFileName().toString().matches(name))
                            .sorted()
                            .toList();
            assertTrue(found.size() >= 8, () -> found.toString());
            return found.stream();
        }
    }

    static Reading read(String name, String id) throws IOException {
        return Keepalived.read(
                name,
                new FilesInMemory().with(name, Files.readString(FOLDER.resolve(name))),
                new Environment(id, "", 1),
                Host.ANY);
    }

    static String print(List<Problem> problems) {
        return String.join("\n", problems.stream().map(Problem::toString).toList());
    }
}
