package dev.sluice.daemon;

import dev.sluice.cli.Sysctl;
import dev.sluice.control.Program;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Says which commands changed the rules, who gave them, and what was refused and why. A script of
/// thousands of them gets a few lines and a number.
final class ChangeLog {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeLog.class);

    private static final Set<String> READS =
            Set.of("-L", "-l", "--list", "-S", "--save", "-h", "--help", "-v", "--version");

    private static final int LINES = 10;
    private static final int LONGEST = 500;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final LongSupplier clockNanos;
    private final Consumer<String> log;
    private long windowNanos;
    private int inWindow;

    ChangeLog() {
        this(System::nanoTime, LOG::info);
    }

    ChangeLog(LongSupplier clockNanos, Consumer<String> log) {
        this.clockNanos = clockNanos;
        this.log = log;
        windowNanos = clockNanos.getAsLong();
    }

    /// The same program, whose changes are said.
    Program saying(Program program) {
        Program changing = sayingAll(program);
        return call -> (changes(call.name(), call.words()) ? changing : program).run(call);
    }

    /// The same program, each call of which is a change.
    Program sayingAll(Program program) {
        return call -> {
            Complaints complaints = new Complaints(call.err());
            int exitStatus =
                    program.run(
                            call.complainingTo(
                                    new PrintStream(complaints, true, StandardCharsets.UTF_8)));
            said(text(call, exitStatus, complaints));
            return exitStatus;
        };
    }

    private static boolean changes(String name, List<String> words) {
        if (name.equals(Sysctl.NAME)) {
            return words.stream().anyMatch(word -> word.equals("-p") || word.contains("="));
        }
        return !name.equals("ipvsadm-save")
                && (name.equals("ipvsadm-restore")
                        || !words.isEmpty() && words.stream().noneMatch(ChangeLog::reads));
    }

    /// `-Ln` is a listing as well.
    private static boolean reads(String word) {
        return READS.contains(word) || word.matches("-[LlS][a-zA-Z]*");
    }

    /// A restore goes on after a line that is refused, other commands are all or nothing.
    private static String text(Program.Call call, int exitStatus, Complaints complaints) {
        String typed = (call.name() + " " + String.join(" ", call.words())).strip();
        if (Publication.restores(call)) {
            String refused =
                    complaints.lines == 0
                            ? ""
                            : "; %d lines of complaints, the first: %s"
                                    .formatted(complaints.lines, complaints.first);
            return "rules changed by %s: %s%s".formatted(call.caller(), typed, refused);
        }
        if (exitStatus == 0) {
            return "rules changed by %s: %s".formatted(call.caller(), typed);
        }
        String why = complaints.lines == 0 ? "exit status " + exitStatus : complaints.first;
        return "refused to %s: %s: %s".formatted(call.caller(), typed, why);
    }

    private synchronized void said(String what) {
        endWindow();
        inWindow++;
        if (inWindow <= LINES) {
            log.accept(printable(what));
        } else if (inWindow == LINES + 1) {
            log.accept("rules change fast; the next commands are counted, not shown");
        }
    }

    /// To be called now and then: says how many were not shown.
    synchronized void endWindow() {
        long nowNanos = clockNanos.getAsLong();
        if (nowNanos - windowNanos >= WINDOW_NANOS) {
            if (inWindow > LINES) {
                log.accept("rules changed: %d more commands".formatted(inWindow - LINES));
            }
            windowNanos = nowNanos;
            inWindow = 0;
        }
    }

    /// A word may hold anything; a line of the log is one line, and no longer than a screen's.
    private static String printable(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST) + "…";
    }

    /// What a program says on standard error, passed on, with its first line kept.
    private static final class Complaints extends OutputStream {

        private final PrintStream to;
        private final StringBuilder line = new StringBuilder();
        String first = "";
        int lines;

        Complaints(PrintStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            to.write(bytes, offset, length);
            String text = new String(bytes, offset, length, StandardCharsets.UTF_8);
            for (int i = 0; i < text.length(); i++) {
                char next = text.charAt(i);
                if (next != '\n') {
                    if (line.length() < LONGEST) {
                        line.append(next);
                    }
                    continue;
                }
                if (!line.isEmpty()) {
                    lines++;
                    first = first.isEmpty() ? line.toString() : first;
                }
                line.setLength(0);
            }
        }

        @Override
        public void flush() {
            to.flush();
        }
    }
}
