package dev.sluice.lab.scene;

import dev.sluice.net.linux.Terminal;

import java.io.Console;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// What the user of the lab sees: short lines, colours and a moving progress line only on a
/// terminal.
final class Screen {

    private static final int BAR_CELLS = 40;
    private static final String BOLD = "\033[1m";
    private static final String DIM = "\033[2m";
    private static final String PLAIN = "\033[0m";

    /// Of a terminal that has eight, without its black and white.
    private static final int COLOURS = 6;

    private static final String ERASE_LINE = "\r\033[K";

    /// A moving line is drawn this often at most, 20 times a second.
    private static final long REDRAW_NANOS = 50_000_000;

    private final PrintStream out;
    private final boolean terminal;
    private final IntSupplier columns;
    private final LongSupplier clockNanos;
    private boolean drawn;
    private long drawnNanos;
    private volatile boolean muted;

    /// @param columns the terminal's width now, as it may change; not asked for a file
    /// @param clockNanos monotonic
    Screen(PrintStream out, boolean terminal, IntSupplier columns, LongSupplier clockNanos) {
        this.out = out;
        this.terminal = terminal;
        this.columns = columns;
        this.clockNanos = clockNanos;
    }

    /// Standard output, a terminal if it is one.
    static Screen standard() {
        // Since Java 25 there is no console again where nobody sits.
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        return new Screen(
                System.out,
                terminal && System.getenv("NO_COLOR") == null,
                Terminal::columns,
                System::nanoTime);
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
    synchronized void progress(int done, int total, int failed) {
        String text =
                done
                        + " of "
                        + total
                        + " requests"
                        + (failed == 0 ? "" : ", " + failed + " failed");
        if (terminal) {
            draw(done == total ? "" : "  " + bar(done, total) + " " + text);
        } else if (done % Math.max(1, total / 4) == 0) {
            line("  " + text);
        }
    }

    /// Replaces the moving line; an empty text ends it. A text that is wider than the terminal
    /// would leave a line behind at each redraw.
    private void draw(String text) {
        long nowNanos = clockNanos.getAsLong();
        if (!text.isEmpty() && drawn && nowNanos - drawnNanos < REDRAW_NANOS) {
            return;
        }
        drawn = !text.isEmpty();
        drawnNanos = nowNanos;
        int room = Math.max(0, columns.getAsInt() - 1);
        print(ERASE_LINE + (text.length() > room ? text.substring(0, room) : text));
    }

    /// Who answered how often, a bar for each.
    void distribution(Map<String, Integer> answers) {
        int most = answers.values().stream().mapToInt(Integer::intValue).max().orElse(1);
        answers.forEach((name, count) ->
                line(String.format("  %-6s %6d  %s", name, count, bar(count, Math.max(1, most)))));
    }

    /// Who met which server: a character for each visit, a colour for each server, and how often
    /// each server was met.
    ///
    /// @param picks numbers of servers, from 1
    /// @param servers how many there are
    /// @param group visits that stand together
    void picks(String label, int[] picks, int servers, int group, String rule) {
        StringBuilder strip = new StringBuilder();
        int[] met = new int[servers];
        for (int i = 0; i < picks.length; i++) {
            if (i > 0 && i % group == 0) {
                strip.append(' ');
            }
            strip.append(mark(picks[i]));
            met[picks[i] - 1]++;
        }
        StringBuilder counts = new StringBuilder();
        for (int count : met) {
            counts.append(String.format("%3d", count));
        }
        line(String.format("  %-6s %s %s  %s", label, strip, counts, rule));
    }

    private String mark(int server) {
        String text = Character.toString(Character.forDigit(server, Character.MAX_RADIX));
        return terminal ? "\033[3" + (1 + (server - 1) % COLOURS) + "m" + text + PLAIN : text;
    }

    private static String bar(int part, int whole) {
        return "#".repeat((int) ((long) part * BAR_CELLS / whole));
    }
}
