package dev.sluice.cli;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Any words and any rules get an answer: an exit status, and a complaint if it is not 0; never an
/// exception. Whatever they made of the table, it can be listed, and what is saved restores it.
///
/// Twenty commands for each table: those of the recorded sessions, damaged, and words of theirs at
/// random.
final class IpvsadmFuzzTest {

    private static final int TABLES = 3000;
    private static final int COMMANDS_PER_TABLE = 20;

    private final List<List<String>> commands = new ArrayList<>();
    private final List<String> vocabulary = new ArrayList<>();
    private final Map<String, Integer> met = new HashMap<>();

    IpvsadmFuzzTest() throws IOException {
        for (Transcript transcript : Transcript.all()) {
            for (Transcript.Step step : transcript.steps()) {
                for (List<String> command : step.pipeline()) {
                    commands.add(command);
                    vocabulary.addAll(command.subList(1, command.size()));
                }
            }
        }
    }

    @Test
    void anyWordsAndRulesGetAnAnswer() {
        long tables = Seeded.count("sluice.fuzz.commands", TABLES);
        Seeded.forAll(tables, this::fill);
        if (Seeded.isWhole(tables, TABLES)) {
            for (String each :
                    List.of("status 0", "status 1", "status 2", "status 255", "filled")) {
                if (met.getOrDefault(each, 0) < tables / 10) {
                    throw new AssertionError("hardly ever " + each + ": " + met);
                }
            }
        }
    }

    private void fill(SplittableRandom random) {
        Shell shell = new Shell(TestScheduler.everything());
        List<String> journal = new ArrayList<>();
        try {
            for (int i = 0; i < COMMANDS_PER_TABLE; i++) {
                List<String> words = command(random);
                String input = rules(random);
                journal.add(words + " < " + input);
                run(shell, words, input);
            }
            journal.add("and listed, saved and restored");
            shell.prints("ipvsadm -L");
            shell.prints("ipvsadm -Ln --stats");
            shell.prints("ipvsadm -Lnc");
            String saved = shell.prints("ipvsadm -Sn");
            Shell other = new Shell(TestScheduler.everything());
            run(other, List.of("ipvsadm-restore"), saved);
            String restored = other.prints("ipvsadm -Sn");
            // In what order depends on what was added first.
            if (!sorted(restored).equals(sorted(saved))) {
                throw new AssertionError("saved:\n" + saved + "restored:\n" + restored);
            }
            if (!saved.isEmpty()) {
                met.merge("filled", 1, Integer::sum);
            }
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(e + "\n" + String.join("\n", journal), e);
        }
    }

    private static List<String> sorted(String rules) {
        return rules.lines().sorted().toList();
    }

    private void run(Shell shell, List<String> words, String input) {
        Shell.Result result = shell.run(words, input);
        met.merge("status " + result.exitStatus(), 1, Integer::sum);
        boolean known =
                switch (result.exitStatus()) {
                    case 0, 1, 2, 255 -> true;
                    default -> false;
                };
        if (!known || result.exitStatus() != 0 && result.errors().isEmpty()) {
            throw new AssertionError(result.toString());
        }
    }

    private List<String> command(SplittableRandom random) {
        if (random.nextInt(4) > 0) {
            List<String> words = new ArrayList<>(commands.get(random.nextInt(commands.size())));
            for (int changes = random.nextInt(4) - 1; changes > 0; changes--) {
                change(words, random);
            }
            return words;
        }
        List<String> words = new ArrayList<>(List.of("ipvsadm"));
        for (int count = random.nextInt(9); count > 0; count--) {
            words.add(word(random));
        }
        return words;
    }

    /// The first word is the program.
    private void change(List<String> words, SplittableRandom random) {
        if (words.size() == 1) {
            words.add(word(random));
            return;
        }
        int at = random.nextInt(1, words.size());
        switch (random.nextInt(5)) {
            case 0 -> words.remove(at);
            case 1 -> words.add(at, words.get(at));
            case 2 -> words.add(at, word(random));
            case 3 -> Collections.swap(words, at, random.nextInt(1, words.size()));
            default -> words.set(at, word(random));
        }
    }

    private String word(SplittableRandom random) {
        String word = vocabulary.get(random.nextInt(vocabulary.size()));
        return switch (random.nextInt(8)) {
            case 0 -> {
                char[] noise = new char[random.nextInt(6)];
                for (int i = 0; i < noise.length; i++) {
                    noise[i] = "-=:[]0x.,a6 \u00e9\ud83d\0\n".charAt(random.nextInt(16));
                }
                yield new String(noise);
            }
            case 1 -> word + vocabulary.get(random.nextInt(vocabulary.size()));
            case 2 -> word.substring(random.nextInt(word.length() + 1));
            default -> word;
        };
    }

    /// For the programs that read.
    private String rules(SplittableRandom random) {
        StringBuilder rules = new StringBuilder();
        for (int lines = random.nextInt(6); lines > 0; lines--) {
            List<String> words = command(random);
            rules.append(String.join(" ", words.subList(1, words.size()))).append('\n');
        }
        return rules.toString();
    }
}
