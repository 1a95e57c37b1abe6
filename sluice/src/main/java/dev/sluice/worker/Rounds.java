package dev.sluice.worker;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/// How long a worker's rounds took: while one runs, frames wait. Two things make a round long, and
/// they are told apart: what the worker itself did, by the thread's own clock, and that the kernel
/// gave its processor to somebody else. A round that did nothing is not counted, since the worker
/// may have slept after it.
///
/// The thread's clock costs a microsecond, so it is read at most every half millisecond; what a
/// worker is said to have done itself may be that much too long, never too short.
///
/// Written by the worker's thread, read by any.
public final class Rounds {

    /// What a round was busy with, the rarest of it.
    public enum Cause {
        /// Packets, timers.
        TRAFFIC,
        /// News of the kernel's routes and neighbours, questions.
        TASKS,
        /// Another configuration.
        CONFIGURATION
    }

    private static final long MILLISECOND_NANOS = 1_000_000;
    private static final long CLOCK_NANOS = 500_000;

    private final LongSupplier ran;
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong overMillisecond = new AtomicLong();
    private final AtomicLongArray heldNanos = new AtomicLongArray(Cause.values().length);
    private final AtomicLong heldOverMillisecond = new AtomicLong();
    private long begunNanos;
    private boolean worked;
    private Cause cause = Cause.TRAFFIC;
    private long clockReadNanos;
    private long ranNanos;

    /// @param ran what the calling thread has used of processors so far, nanoseconds
    Rounds(LongSupplier ran) {
        this.ran = ran;
    }

    /// A round begins. Where the one before did something, it ends here: a worker with work does
    /// not wait, and no further clock is read for this.
    void begin(long nowNanos) {
        if (worked) {
            took(nowNanos - begunNanos);
        }
        if (nowNanos - clockReadNanos >= CLOCK_NANOS) {
            clockReadNanos = nowNanos;
            ranNanos = ran.getAsLong();
        }
        count.setOpaque(count.getPlain() + 1);
        begunNanos = nowNanos;
        worked = false;
        cause = Cause.TRAFFIC;
    }

    /// The round also did this.
    void did(Cause also) {
        if (also.compareTo(cause) > 0) {
            cause = also;
        }
    }

    /// The round did this much.
    void end(int work) {
        worked = work > 0;
    }

    private void took(long nanos) {
        if (nanos > longestNanos.getPlain()) {
            longestNanos.setOpaque(nanos);
        }
        if (nanos > MILLISECOND_NANOS) {
            overMillisecond.setOpaque(overMillisecond.getPlain() + 1);
        }
        int kind = cause.ordinal();
        if (nanos > MILLISECOND_NANOS || nanos > heldNanos.getPlain(kind)) {
            long held = Math.min(nanos, ran.getAsLong() - ranNanos);
            heldNanos.setOpaque(kind, Math.max(held, heldNanos.getPlain(kind)));
            if (held > MILLISECOND_NANOS) {
                heldOverMillisecond.setOpaque(heldOverMillisecond.getPlain() + 1);
            }
        }
    }

    /// Rounds begun so far.
    long count() {
        return count.getOpaque();
    }

    /// The longest one since the worker's start, also where somebody else had the processor.
    public long longestNanos() {
        return longestNanos.getOpaque();
    }

    /// Rounds of more than a millisecond, likewise.
    public long overMillisecond() {
        return overMillisecond.getOpaque();
    }

    /// The longest that the worker itself was busy in a round with this.
    public long heldNanos(Cause with) {
        return heldNanos.getOpaque(with.ordinal());
    }

    /// Rounds in which the worker itself was busy for more than a millisecond.
    public long heldOverMillisecond() {
        return heldOverMillisecond.getOpaque();
    }
}
