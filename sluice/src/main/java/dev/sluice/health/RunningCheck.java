package dev.sluice.health;

import dev.sluice.health.PoolSettings.Check;
import dev.sluice.health.pool.CheckState;
import dev.sluice.health.pool.Load;
import dev.sluice.health.probe.Finding;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// A check and its virtual thread, which waits, asks, and reports to [Health]. A reload that does
/// not change the check gives it another place, and it does not notice.
final class RunningCheck {

    private static final int REMEMBERED_RESULTS = 16;

    /// First attempts are spread over at least this much, or one interval: thousands of checks
    /// without a warm-up do not all begin at once.
    private static final long LEAST_SPREAD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// How soon a check that pauses notices that it may go on.
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final Check check;
    private final Health health;
    private final Thread thread;

    // All under the lock of Health.
    private final Deque<CheckReport.Result> results = new ArrayDeque<>();
    private CheckState state;
    private Load load = Load.asConfigured();

    /// Where it belongs; under the lock of Health.
    RunningPool pool;

    int member;
    int index;

    RunningCheck(
            Health health, RunningPool pool, int member, int index, Check check, CheckState first) {
        this.health = health;
        this.pool = pool;
        this.member = member;
        this.index = index;
        this.check = check;
        state = first;
        thread =
                Thread.ofVirtual()
                        .name(check.kind() + " " + pool.settings().name())
                        .unstarted(this::run);
    }

    Check check() {
        return check;
    }

    void start() {
        thread.start();
    }

    void stop() {
        thread.interrupt();
    }

    private void run() {
        long spread =
                Math.max(
                        check.timing().warmupNanos(),
                        Math.min(check.timing().intervalNanos(), LEAST_SPREAD_NANOS));
        long next = System.nanoTime() + ThreadLocalRandom.current().nextLong(spread + 1);
        try {
            while (!Thread.currentThread().isInterrupted()) {
                TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
                if (health.isPaused(this)) {
                    next = System.nanoTime() + PAUSE_NANOS;
                    continue;
                }
                next = System.nanoTime() + attempt(next);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the end
        }
    }

    /// @return how long to wait for the next one
    private long attempt(long plannedNanos) throws InterruptedException {
        health.admit();
        Finding finding;
        long began = System.nanoTime();
        try {
            health.lateness().began(began - plannedNanos);
            finding = check.probe().ask(state.part());
        } catch (RuntimeException | StackOverflowError e) {
            // A page can exhaust the stack of its own pattern; that is the server's failure.
            finding = Finding.failed("the check itself failed: " + e);
        } finally {
            health.release();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedException();
        }
        return health.found(this, finding, System.nanoTime() - began);
    }

    // Under the lock of Health.

    /// Takes a result in.
    CheckState.Next learn(Finding finding, long latencyNanos) {
        if (results.size() == REMEMBERED_RESULTS) {
            results.removeLast();
        }
        results.addFirst(
                new CheckReport.Result(
                        Instant.now(), finding.passed(), finding.reason(), latencyNanos));
        CheckState.Next next = state.after(check.timing(), finding.passed());
        state = next.state();
        if (finding.passed()) {
            load = finding.load();
        }
        return next;
    }

    CheckState state() {
        return state;
    }

    Load load() {
        return load;
    }

    CheckReport report() {
        return new CheckReport(
                check.kind(),
                state.isUp(),
                state.isProven(),
                pool.isPaused(),
                state.failures(),
                state.part(),
                List.copyOf(results));
    }
}
