package dev.sluice.script;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Runs scripts one after the other, in the order of the changes that they are told of: two that
/// are about the same thing at the same time would undo each other's work. keepalived starts them
/// all at once.
public final class ScriptQueue {

    private static final Logger LOG = LoggerFactory.getLogger(ScriptQueue.class);

    /// A script that takes longer would hold up all later ones.
    private static final long SCRIPT_MILLIS = 60_000;

    private static final long KEEP_ALIVE_SECONDS = 10;

    private final ThreadPoolExecutor executor;

    /// @param name whose scripts they are
    /// @param threads where they are waited for
    /// @param mostWaiting beyond that a script is not run, which is logged
    public ScriptQueue(String name, ThreadFactory threads, int mostWaiting) {
        executor =
                new ThreadPoolExecutor(
                        1,
                        1,
                        KEEP_ALIVE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(mostWaiting),
                        threads,
                        (_, _) -> LOG.warn("a script of {} is not run: too many wait", name));
        executor.allowCoreThreadTimeOut(true);
    }

    /// Does not wait.
    public void run(Script script, List<String> arguments) {
        executor.execute(() -> report(script, script.run(arguments, SCRIPT_MILLIS)));
    }

    private static void report(Script script, Script.End end) {
        switch (end) {
            case Script.End.Exited(int status) -> {
                if (status != 0) {
                    LOG.warn("script `{}` exited with status {}", script, status);
                }
            }
            case Script.End.TimedOut _ ->
                    LOG.warn("script `{}` was killed after {} s", script, SCRIPT_MILLIS / 1000);
            case Script.End.NotStarted(String reason) ->
                    LOG.warn("script `{}` could not be started: {}", script, reason);
        }
    }

    /// Lets what waits run, for so long.
    public void finish(long nanos) {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(nanos, TimeUnit.NANOSECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
