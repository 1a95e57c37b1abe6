package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Rules of the grammar beside those that [GoldenTest] replays.
final class CommandLineTest {

    private final Shell shell = new Shell(TestScheduler.everything());

    @Test
    void noRandomWordsEverEndInAnException() throws Exception {
        List<String> vocabulary = vocabulary();
        for (long seed = 1; seed <= 30_000; seed++) {
            Random random = new Random(seed);
            List<String> words = new ArrayList<>(List.of("ipvsadm"));
            int count = random.nextInt(9);
            for (int i = 0; i < count; i++) {
                words.add(word(random, vocabulary));
            }
            try {
                Shell.Result result = shell.run(words, String.join(" ", words) + "\n");
                assertThat(result.exitStatus()).isIn(0, 1, 2, 255);
                boolean silent = result.errors().isEmpty();
                assertThat(result.exitStatus() == 0 || !silent).isTrue();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + words, e);
            }
        }
    }

    /// Words that the recorded sessions use, so that many lines get far.
    private static List<String> vocabulary() throws Exception {
        List<String> words = new ArrayList<>();
        for (Transcript transcript : Transcript.all()) {
            for (Transcript.Step step : transcript.steps()) {
                step.pipeline()
                        .forEach(command -> words.addAll(command.subList(1, command.size())));
            }
        }
        return words;
    }

    private static String word(Random random, List<String> vocabulary) {
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

    @Test
    void aListOfNothingButCommasMeansNoSchedulerFlags() {
        shell.does("ipvsadm -A -t 10.0.0.1:80 -s sh -b ,,");
        assertThat(shell.prints("ipvsadm -Sn")).isEqualTo("-A -t 10.0.0.1:80 -s sh\n");
    }

    @Test
    void theHintNamesTheProgramAsItWasCalled() {
        assertThat(CommandLineTest.errorOf("/usr/sbin/ipvsadm", List.of("-q")))
                .isEqualTo(
                        "Try `/usr/sbin/ipvsadm -h' or '/usr/sbin/ipvsadm --help' for more"
                                + " information.");
    }

    @Test
    void aPlainWordBeforeTheCommandIsNoCommand() {
        assertThat(errorOf("ipvsadm", List.of("foo", "-L"))).startsWith("Try `");
    }

    @Test
    void masksAreReadByTheFamilyKnownSoFar() {
        shell.does("ipvsadm -A -p 9 -M 64 -t [2001:db8::1]:80");
        shell.does("ipvsadm -A -p 9 -t [2001:db8::2]:80 -M 64abc");
        shell.does("ipvsadm -A -f 3 -p 9 -M 64 -6");
        shell.does("ipvsadm -A -f 4 -6 -p 9 -M 64");
        shell.does("ipvsadm -A -t 10.0.0.1:80 -p 9 -M 24");
        assertThat(shell.prints("ipvsadm -Sn"))
                .isEqualTo(
                        """
                        -A -t 10.0.0.1:80 -s wlc -p 9 -M 0.0.0.24
                        -A -t [2001:db8::1]:80 -s wlc -p 9
                        -A -t [2001:db8::2]:80 -s wlc -p 9 -M 64
                        -A -f 3 -6 -s wlc -p 9
                        -A -f 4 -6 -s wlc -p 9 -M 64
                        """);
    }

    @Test
    void largeMarksCanBeRestored() {
        shell.does("ipvsadm -A -f 4294967295 -s rr");
        String saved = shell.prints("ipvsadm -S -n");
        assertThat(saved).isEqualTo("-A -f 4294967295 -s rr\n");
        assertThat(shell.run(List.of("ipvsadm-restore"), saved).exitStatus()).isZero();
        assertThat(shell.prints("ipvsadm -S -n")).isEqualTo(saved);
    }

    @Test
    void carriageReturnsSeparateWordsAndDoNotEndLines() {
        String rules = "-A -t 10.0.0.1:80\r-s rr\r\n-A -t 10.0.0.2:80 -s rr";
        assertThat(shell.run(List.of("ipvsadm", "-R"), rules).exitStatus()).isZero();
        assertThat(shell.prints("ipvsadm -Sn"))
                .isEqualTo("-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.2:80 -s rr\n");
    }

    @Test
    void aVersionLineEndsARestoreWithSuccess() {
        Shell.Result result = shell.run(List.of("ipvsadm", "-R"), "-v\n-A -t 10.0.0.1:80 -s rr\n");
        assertThat(result.output()).startsWith("ipvsadm v1.31");
        assertThat(result.exitStatus()).isZero();
        assertThat(shell.prints("ipvsadm -Sn")).isEmpty();
    }

    @Test
    void aRestoreWithinARestoreIsNoCommandWhateverFollows() {
        Shell.Result result = shell.run(List.of("ipvsadm", "-R"), "-R foo\n");
        assertThat(result.errors()).startsWith("Try `ipvsadm -h'");
        assertThat(result.exitStatus()).isEqualTo(255);
    }

    private static String errorOf(String program, List<String> words) {
        try {
            CommandLine.parse(program, words, new FakeHost());
            return "";
        } catch (Refused refused) {
            return refused.text();
        }
    }
}
