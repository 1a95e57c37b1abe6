package dev.sluice.worker;

import dev.sluice.net.linux.RealTime;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Takes the real-time class from a worker that loops for ever, before which no ordinary thread on
/// its processor would get a turn. Above the workers itself, and asleep but for some microseconds
/// of each quarter of a second.
///
/// It counts its own looks and not time: of a machine that stood still nobody is to blame.
final class Watchdog implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    private static final long LOOK_NANOS = 250_000_000;

    /// Looks at one and the same round until its worker is deposed.
    private static final int PATIENCE = 2;

    private final List<Watched> all;
    private final Thread thread =
            Thread.ofPlatform().daemon().name("watchdog").unstarted(this::run);
    private final int priority;
    private volatile boolean stopped;

    /// @param priority above that of the workers
    Watchdog(List<Watched> all, int priority) {
        this.all = List.copyOf(all);
        this.priority = priority;
    }

    void start() {
        thread.start();
    }

    private void run() {
        RealTime.set(priority);
        while (!stopped) {
            look();
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /// Looks at each worker once.
    void look() {
        for (Watched one : all) {
            one.look();
        }
    }

    @Override
    public void close() {
        stopped = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A worker, and what was seen of it.
    static final class Watched {

        private final Rounds rounds;
        private final Standing standing;
        private long lastRound = -1;
        private int seen;

        Watched(Rounds rounds, Standing standing) {
            this.rounds = rounds;
            this.standing = standing;
        }

        void look() {
            long round = rounds.count();
            seen = round == lastRound ? seen + 1 : 0;
            lastRound = round;
            // A worker sleeps a tenth of a second at most, so each look finds another round.
            if (seen == PATIENCE && standing.isRealTime()) {
                standing.depose();
                LOG.error(
                        "a worker is in one round since {} ms and no real-time thread any more;"
                                + " this is a bug: what was it told or asked?",
                        seen * LOOK_NANOS / 1_000_000);
            }
        }
    }
}
