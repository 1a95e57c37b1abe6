package dev.sluice.health;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/// By how much attempts began later than planned, since the start.
public final class Lateness {

    private final LongAdder attempts = new LongAdder();
    private final LongAdder totalNanos = new LongAdder();
    private final LongAccumulator longestNanos = new LongAccumulator(Math::max, 0);

    void began(long lateNanos) {
        attempts.increment();
        totalNanos.add(Math.max(0, lateNanos));
        longestNanos.accumulate(lateNanos);
    }

    public long attempts() {
        return attempts.sum();
    }

    public long meanNanos() {
        return totalNanos.sum() / Math.max(1, attempts.sum());
    }

    public long longestNanos() {
        return longestNanos.get();
    }
}
