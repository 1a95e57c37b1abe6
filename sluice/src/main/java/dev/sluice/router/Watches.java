package dev.sluice.router;

import dev.sluice.net.linux.Kernel;
import dev.sluice.script.Script;
import dev.sluice.script.ScriptSecurity;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/// Looks after scripts, files and processes that priorities depend on, each on a thread of its own
/// so that a slow one delays nobody, least of all an advertisement.
final class Watches implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

    /// Files and processes are asked for this often; keepalived is told by the kernel.
    private static final long LOOK_MILLIS = 100;

    /// Told on the watch's thread.
    interface Listener {
        void tracked(String tracker, int value);
    }

    private final Listener listener;
    private final List<Thread> threads = new ArrayList<>();

    /// To be made by a thread in the right network namespace: its threads begin there.
    Watches(VrrpSettings settings, Listener listener) {
        this.listener = listener;
        for (TrackedScript script : settings.scripts()) {
            if (ScriptSecurity.isAllowed(
                    script.script(), Kernel.geteuid() == 0, settings.refusesUnsafeScripts())) {
                start(script.trackerName(), () -> watch(script));
            } else {
                listener.tracked(script.trackerName(), 0);
            }
        }
        for (TrackedFile file : settings.files()) {
            prepare(file);
            start(file.trackerName(), () -> watch(file.trackerName(), () -> number(file)));
        }
        for (TrackedProcess process : settings.processes()) {
            start(
                    process.trackerName(),
                    () -> watch(process.trackerName(), () -> isRunning(process) ? 1 : 0));
        }
    }

    private void start(String name, Runnable watch) {
        threads.add(Thread.ofPlatform().daemon().name("track-" + name).start(watch));
    }

    private void watch(TrackedScript tracked) {
        Hysteresis hysteresis = new Hysteresis(tracked.rise(), tracked.fall());
        String said = "";
        long next = System.nanoTime();
        while (!Thread.currentThread().isInterrupted()) {
            Script.End end = tracked.script().run(List.of(), tracked.timeoutMillis());
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            String says =
                    switch (end) {
                        case Script.End.Exited(int status) ->
                                status == 0
                                        ? "succeeded"
                                        : "failed (exited with status " + status + ")";
                        case Script.End.TimedOut _ -> "timed out";
                        case Script.End.NotStarted(String reason) -> "failed (" + reason + ")";
                    };
            boolean isGood = end.equals(new Script.End.Exited(0));
            if (hysteresis.isChangedBy(isGood)) {
                LOG.info("VRRP_Script({}) {}", tracked.name(), says);
                listener.tracked(tracked.trackerName(), isGood ? 1 : 0);
            } else if (!said.isEmpty() && !said.equals(says)) {
                LOG.info("Script `{}` now: {}", tracked.name(), says);
            }
            said = says;
            next += TimeUnit.MILLISECONDS.toNanos(tracked.intervalMillis());
            long now = System.nanoTime();
            if (now - next > 0) {
                LOG.debug("track script {} takes longer than its interval", tracked.name());
                next = now;
            }
            sleep(next - now);
        }
    }

    private void watch(String tracker, IntSupplier look) {
        int before = look.getAsInt();
        listener.tracked(tracker, before);
        while (!Thread.currentThread().isInterrupted()) {
            sleep(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
            int now = look.getAsInt();
            if (now != before) {
                before = now;
                listener.tracked(tracker, now);
            }
        }
    }

    private static void prepare(TrackedFile file) {
        boolean isMade = file.isOverwritten() || !Files.exists(file.path());
        if (file.initialValue() == null || !isMade) {
            return;
        }
        try {
            Files.writeString(file.path(), file.initialValue() + "\n");
        } catch (IOException e) {
            LOG.warn("cannot write the tracked file {}: {}", file.path(), e.getMessage());
        }
    }

    private static int number(TrackedFile file) {
        try {
            String text = Files.readString(file.path()).strip();
            String first = text.isEmpty() ? "0" : text.split("\\s", 2)[0];
            return Integer.parseInt(first);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static boolean isRunning(TrackedProcess tracked) {
        long count =
                ProcessHandle.allProcesses().filter(process -> matches(tracked, process)).count();
        return count >= tracked.quorum() && count <= tracked.mostAllowed();
    }

    private static boolean matches(TrackedProcess tracked, ProcessHandle process) {
        ProcessHandle.Info info = process.info();
        String command = info.command().orElse("");
        boolean isNamed = command.substring(command.lastIndexOf('/') + 1).equals(tracked.process());
        return isNamed
                && (tracked.arguments().isEmpty()
                        || tracked.arguments()
                                .equals(List.of(info.arguments().orElse(new String[0]))));
    }

    private static void sleep(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Changes only after several equal results in a row; the first one counts at once.
    static final class Hysteresis {

        private final int rise;
        private final int fall;
        private boolean isKnown;
        private boolean isGood;
        private int inARow;

        Hysteresis(int rise, int fall) {
            this.rise = rise;
            this.fall = fall;
        }

        /// Takes a result in.
        boolean isChangedBy(boolean good) {
            if (!isKnown) {
                isKnown = true;
                isGood = good;
                return true;
            }
            inARow = good == isGood ? 0 : inARow + 1;
            if (inARow < (good ? rise : fall)) {
                return false;
            }
            inARow = 0;
            isGood = good;
            return true;
        }
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            try {
                thread.join(2_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
