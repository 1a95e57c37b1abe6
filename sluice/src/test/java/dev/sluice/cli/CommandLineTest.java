package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

/// Rules of the grammar beside those that [GoldenTest] replays. [IpvsadmFuzzTest] tries any words.
final class CommandLineTest {

    private final Shell shell = new Shell(TestScheduler.everything());

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
