package dev.sluice.config;

import dev.sluice.config.text.Environment;
import dev.sluice.config.text.FilesInMemory;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;
import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Any file gets an answer: settings and problems, each with a line of the file; never an
/// exception. The files are the samples and the cases that keepalived was asked about, damaged.
final class ConfigurationFuzzTest {

    private static final int FILES = 2000;

    private final List<List<String>> samples = new ArrayList<>();
    private final List<String> vocabulary = new ArrayList<>();
    private final Map<Severity, Integer> met = new HashMap<>();
    private int usable;

    ConfigurationFuzzTest() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/keepalived-samples"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".conf")).sorted().toList()) {
                samples.add(Files.readAllLines(file));
            }
        }
        for (PeerCases.Case each : PeerCases.all()) {
            samples.add(each.file().lines().toList());
        }
        samples.forEach(lines ->
                lines.forEach(line -> vocabulary.addAll(List.of(line.strip().split(" +")))));
    }

    @Test
    void anyFileGetsAnAnswer() {
        long files = Seeded.count("sluice.fuzz.files", FILES);
        Seeded.forAll(files, this::read);
        if (Seeded.isWhole(files, FILES)) {
            for (Severity severity : Severity.values()) {
                if (met.getOrDefault(severity, 0) < files / 50) {
                    throw new AssertionError("hardly ever " + severity + ": " + met);
                }
            }
            if (usable < files / 50) {
                throw new AssertionError("hardly ever usable: " + usable);
            }
        }
    }

    private void read(SplittableRandom random) {
        List<String> lines = new ArrayList<>(samples.get(random.nextInt(samples.size())));
        for (int changes = random.nextInt(6); changes > 0; changes--) {
            change(lines, random);
        }
        String text = String.join("\n", lines);
        try {
            Reading reading =
                    Keepalived.read(
                            "x",
                            new FilesInMemory().with("x", text),
                            new Environment("one", "", 0),
                            Host.ANY);
            for (Problem problem : reading.problems()) {
                met.merge(problem.severity(), 1, Integer::sum);
                int line = problem.place().line();
                if (line < 1 || line > lines.size() || problem.text().isEmpty()) {
                    throw new AssertionError(problem.toString());
                }
            }
            usable += reading.isUsable() ? 1 : 0;
            IpvsRules.of(reading.settings());
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError(e + "\n" + text, e);
        }
    }

    private void change(List<String> lines, SplittableRandom random) {
        int at = random.nextInt(lines.size());
        String line = lines.get(at);
        List<String> words = new ArrayList<>(List.of(line.split(" ")));
        String word = vocabulary.get(random.nextInt(vocabulary.size()));
        switch (random.nextInt(7)) {
            case 0 -> lines.remove(at);
            case 1 -> lines.add(at, line);
            case 2 -> lines.add(at, lines.get(random.nextInt(lines.size())));
            case 3 -> lines.set(at, line.substring(0, random.nextInt(line.length() + 1)));
            case 4 -> {
                words.set(random.nextInt(words.size()), word);
                lines.set(at, String.join(" ", words));
            }
            case 5 -> {
                words.remove(words.size() - 1);
                lines.set(at, String.join(" ", words));
            }
            default -> lines.set(at, line + " " + word);
        }
        if (lines.isEmpty()) {
            lines.add("");
        }
    }
}
