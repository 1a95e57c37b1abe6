package dev.sluice.config.text;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Any text gets an answer: statements, or what is wrong with it; never an exception, and never
/// without end. The text is made of what the grammar gives a meaning to.
final class TextFuzzTest {

    private static final int TEXTS = 5_000;
    private static final String[] PIECES = {
        "{",
        "}",
        "\"",
        "'",
        "#",
        "!",
        "\\",
        "\n",
        "\n",
        "\n",
        " ",
        " ",
        "\t",
        "$",
        "${",
        "}",
        "(",
        ")",
        ",",
        "=",
        "@one ",
        "@^one ",
        "@two ",
        "$A=",
        "$B=",
        "$A",
        "${A}",
        "$B",
        "$A= \\\n",
        " \\\n",
        "~SEQ(",
        "~SEQ(A, 3) ",
        "~SEQx(N, 1, 2, 9) ",
        "~LST({A,B}, {1,2}, {3,4}) ",
        "~LST(",
        "include ",
        "includea ",
        "d/*.conf",
        "[a-",
        "]",
        "*",
        "?",
        "${_PWD}",
        "${_RANDOM 5 2}",
        "${_HASH}",
        "a",
        "b",
        "word",
        "1",
        "-1",
        "0x",
        "99999999999",
        "\u00e9",
        "\0",
        "\r"
    };

    private final Map<String, Integer> met = new HashMap<>();

    @Test
    void anyTextGetsAnAnswer() {
        long texts = Seeded.count("sluice.fuzz.texts", TEXTS);
        Seeded.forAll(texts, this::read);
        if (Seeded.isWhole(texts, TEXTS)) {
            for (String each : List.of("understood", "refused", "blocks", "expanded")) {
                if (met.getOrDefault(each, 0) < texts / 100) {
                    throw new AssertionError("hardly ever " + each + ": " + met);
                }
            }
        }
    }

    private void read(SplittableRandom random) {
        String text = text(random);
        FilesInMemory files =
                new FilesInMemory()
                        .with("f", text)
                        .with("d/a.conf", text(random))
                        .with("d/b.conf", text(random));
        Problems problems = new Problems();
        try {
            List<Statement> statements =
                    Text.read("f", files, new Environment("one", "", 1), problems);
            problems.inOrder().forEach(problem -> assertFalse(problem.toString().isEmpty()));
            statements.forEach(statement -> ShellWords.split(statement.raw()));
            met.merge(problems.hasErrors() ? "refused" : "understood", 1, Integer::sum);
            if (statements.stream().anyMatch(statement -> statement.block() != null)) {
                met.merge("blocks", 1, Integer::sum);
            }
            if (statements.size() > 1 && statements.getLast().place().column() == 0) {
                met.merge("expanded", 1, Integer::sum);
            }
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError(e + "\n" + text, e);
        }
    }

    private static String text(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int pieces = random.nextInt(30); pieces > 0; pieces--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }
}
