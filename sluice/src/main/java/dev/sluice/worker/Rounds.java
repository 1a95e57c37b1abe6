package dev.sluice.worker;

import java.util.concurrent.atomic.AtomicLong;

/// How long a worker's rounds took: while one runs, frames wait. A round that did nothing is not
/// counted, since the worker may have slept after it; one in which the kernel gave the processor to
/// somebody else is, with that time.
///
/// Written by the worker's thread, read by any.
public final class Rounds {

    private static final long MILLISECOND_NANOS = 1_000_000;

    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong overMillisecond = new AtomicLong();
    private long begunNanos;
    private boolean worked;

    /// A round begins. Where the one before did something, it ends here: a worker with work does
    /// not wait, and no clock is read for this.
    void begin(long nowNanos) {
        if (worked) {
            took(nowNanos - begunNanos);
        }
        begunNanos = nowNanos;
        worked = false;
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
    }

    /// The longest one since the worker's start.
    public long longestNanos() {
        return longestNanos.getOpaque();
    }

    /// Rounds of more than a millisecond.
    public long overMillisecond() {
        return overMillisecond.getOpaque();
    }
}
