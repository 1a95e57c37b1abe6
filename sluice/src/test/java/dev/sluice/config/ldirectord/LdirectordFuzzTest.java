package dev.sluice.config.ldirectord;

import dev.sluice.config.text.Problem;
import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Any text gets an answer: settings and problems, each with a line of the text, never an
/// exception. The texts are the cases that ldirectord was asked about, put together and damaged.
final class LdirectordFuzzTest {

    private static final int FILES = 5000;

    private final List<List<String>> cases = new ArrayList<>();
    private int usable;
    private int refused;

    LdirectordFuzzTest() throws IOException {
        for (Cases each : Cases.all()) {
            cases.add(List.of(each.file().split("\n", -1)));
        }
    }

    @Test
    void anyTextGetsAnAnswer() {
        long files = Seeded.count("sluice.fuzz.files", FILES);
        Seeded.forAll(files, this::read);
        if (Seeded.isWhole(files, FILES) && (usable < files / 50 || refused < files / 50)) {
            throw new AssertionError("usable " + usable + ", refused " + refused);
        }
    }

    private void read(SplittableRandom random) {
        List<String> lines = new ArrayList<>(cases.get(random.nextInt(cases.size())));
        for (int changes = random.nextInt(6); changes > 0; changes--) {
            List<String> other = cases.get(random.nextInt(cases.size()));
            int at = random.nextInt(lines.size());
            String line = lines.get(at);
            switch (random.nextInt(5)) {
                case 0 -> lines.remove(at);
                case 1 -> lines.add(at, other.get(random.nextInt(other.size())));
                case 2 -> lines.set(at, line.substring(0, random.nextInt(line.length() + 1)));
                case 3 -> lines.addAll(other);
                default -> {
                    int middle = random.nextInt(line.length() + 1);
                    String mark =
                            List.of("\"", "[", "]", ":", "->", "9", " ", "#", "\t", "=", "6")
                                    .get(random.nextInt(11));
                    lines.set(at, line.substring(0, middle) + mark + line.substring(middle));
                }
            }
            if (lines.isEmpty()) {
                lines.add("");
            }
        }
        String text = String.join("\n", lines);
        int count = text.split("\n", -1).length;
        try {
            Ldirectord.Reading reading = Ldirectord.read("x", text, Cases.MACHINE);
            for (Problem problem : reading.problems()) {
                int line = problem.place().line();
                if (line < 1 || line > count || problem.text().isEmpty()) {
                    throw new AssertionError(problem.toString());
                }
            }
            usable += reading.isUsable() ? 1 : 0;
            refused += reading.isUsable() ? 0 : 1;
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError(e + "\n" + text, e);
        }
    }
}
