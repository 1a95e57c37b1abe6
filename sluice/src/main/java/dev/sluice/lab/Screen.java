package dev.sluice.lab;

import java.io.Console;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;

/// What the user of the lab sees: short lines, colours and a moving progress line only on a
/// terminal.
final class Screen {

    private static final int BAR_CELLS = 40;
    private static final String BOLD = "\033[1m";
    private static final String DIM = "\033[2m";
    private static final String PLAIN = "\033[0m";
    private static final String ERASE_LINE = "\r\033[K";

    private final PrintStream out;
    private final boolean terminal;
    private volatile boolean muted;

    Screen(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /// Standard output, a terminal if it is one.
    static Screen standard() {
        // Since Java 25 there is no console again where nobody sits.
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        return new Screen(System.out, terminal && System.getenv("NO_COLOR") == null);
    }

    void line(String text) {
        output(text + "\n");
    }

    /// After Ctrl-C nothing more is said: what fails from now on fails because the machines go.
    void mute() {
        muted = true;
    }

    boolean isMuted() {
        return muted;
    }

    void blank() {
        line("");
    }

    /// A heading of a section.
    void title(String text) {
        line(terminal ? BOLD + text + PLAIN : text);
    }

    /// What happens meanwhile, said once and out of the way.
    void note(String text) {
        line(terminal ? DIM + text + PLAIN : text);
    }

    /// A command as typed on a host.
    void command(String host, String text) {
        line(terminal ? DIM + host + "# " + PLAIN + BOLD + text + PLAIN : host + "# " + text);
    }

    /// Output of a program, as it is.
    void output(String text) {
        print(text.isEmpty() || text.endsWith("\n") ? text : text + "\n");
    }

    private void print(String text) {
        if (!muted) {
            out.print(text);
            out.flush();
        }
    }

    /// The progress of requests: one moving line on a terminal, a line per quarter elsewhere.
    void progress(int done, int total, int failed) {
        String text =
                done
                        + " of "
                        + total
                        + " requests"
                        + (failed == 0 ? "" : ", " + failed + " failed");
        if (terminal) {
            print(ERASE_LINE + (done == total ? "" : "  " + bar(done, total) + " " + text));
        } else if (done % Math.max(1, total / 4) == 0) {
            line("  " + text);
        }
    }

    /// Who answered how often, a bar for each.
    void distribution(Map<String, Integer> answers) {
        int most = answers.values().stream().mapToInt(Integer::intValue).max().orElse(1);
        answers.forEach((name, count) ->
                line(String.format("  %-6s %6d  %s", name, count, bar(count, Math.max(1, most)))));
    }

    private static String bar(int part, int whole) {
        return "#".repeat((int) ((long) part * BAR_CELLS / whole));
    }
}
