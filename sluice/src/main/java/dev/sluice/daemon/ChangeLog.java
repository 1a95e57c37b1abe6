package dev.sluice.daemon;

import dev.sluice.cli.Sysctl;
import dev.sluice.control.Program;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Says which commands changed the rules. A script of thousands of them gets a few lines and a
/// number.
final class ChangeLog {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeLog.class);

    private static final Set<String> READS =
            Set.of("-L", "-l", "--list", "-S", "--save", "-h", "--help", "-v", "--version");

    private static final int LINES = 10;
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
        return call -> {
            int exitStatus = program.run(call);
            if (changes(call.name(), call.words())) {
                String outcome = exitStatus == 0 ? "" : " (exit status " + exitStatus + ")";
                changed(call.name() + " " + String.join(" ", call.words()) + outcome);
            }
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

    private synchronized void changed(String what) {
        long nowNanos = clockNanos.getAsLong();
        if (nowNanos - windowNanos >= WINDOW_NANOS) {
            if (inWindow > LINES) {
                log.accept("rules changed: %d more commands".formatted(inWindow - LINES));
            }
            windowNanos = nowNanos;
            inWindow = 0;
        }
        inWindow++;
        if (inWindow <= LINES) {
            log.accept("rules changed: " + what.strip());
        } else if (inWindow == LINES + 1) {
            log.accept("rules change fast; the next commands are counted, not shown");
        }
    }
}
