package dev.sluice.lab.scene;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

final class ScreenTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private final Screen file = new Screen(out, false, () -> 80, () -> 0);

    @Test
    void aFileGetsPlainLines() {
        file.title("title");
        file.command("director", "ipvsadm -C");
        file.output("no newline");
        file.output("");
        file.distribution(Map.of("rs1", 3));
        assertThat(printed())
                .isEqualTo(
                        """
                        title
                        director# ipvsadm -C
                        no newline
                          rs1         3  ########################################
                        """);
    }

    @Test
    void aFileGetsFourLinesOfProgress() {
        for (int done = 1; done <= 1000; done++) {
            file.progress(done, 1000, done > 600 ? 2 : 0);
        }
        assertThat(printed())
                .isEqualTo(
                        """
                          250 of 1000 requests
                          500 of 1000 requests
                          750 of 1000 requests, 2 failed
                          1000 of 1000 requests, 2 failed
                        """);
    }

    @Test
    void aTerminalGetsOneLineThatGoesAwayAtTheEnd() {
        Screen terminal = new Screen(out, true, () -> 80, () -> 0);
        terminal.progress(1, 2, 0);
        terminal.progress(2, 2, 0);
        assertThat(printed())
                .isEqualTo("\r\033[K  " + "#".repeat(20) + " 1 of 2 requests" + "\r\033[K");
    }

    @Test
    void aMovingLineFitsTheTerminal() {
        Screen narrow = new Screen(out, true, () -> 24, () -> 0);
        narrow.progress(1, 2, 0);
        assertThat(printed()).isEqualTo("\r\033[K  " + "#".repeat(20) + " ");
    }

    @Test
    void aMovingLineIsDrawnTwentyTimesASecondAtMost() {
        long[] nowNanos = {0};
        Screen terminal = new Screen(out, true, () -> 80, () -> nowNanos[0]);
        for (int done = 1; done < 1000; done++) {
            terminal.progress(done, 1000, 0);
            nowNanos[0] += 1_000_000;
        }
        assertThat(printed().split("\r", -1)).hasSize(1 + 20);
        terminal.progress(1000, 1000, 0);
        assertThat(printed()).endsWith("\r\033[K");
    }

    @Test
    void visitsAreCharactersInGroupsAndServersThatNobodyMetAreCountedToo() {
        file.picks("rr", new int[] {2, 1, 2, 11}, 12, 2, "in turn");
        assertThat(printed())
                .isEqualTo("  rr     21 2b   1  2  0  0  0  0  0  0  0  0  1  0  in turn\n");
    }

    @Test
    void aTerminalShowsServersInColours() {
        Screen terminal = new Screen(out, true, () -> 80, () -> 0);
        terminal.picks("fo", new int[] {1, 7}, 7, 2, "");
        assertThat(printed()).contains("\033[31m1\033[0m\033[31m7\033[0m");
    }

    @Test
    void aMutedScreenIsSilent() {
        file.mute();
        file.line("too late");
        file.progress(4, 4, 0);
        assertThat(printed()).isEmpty();
    }

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
