package dev.sluice.worker;

import java.util.concurrent.atomic.AtomicLongArray;

/// How many frames one worker lost, by reason. Written by its thread, read by any.
final class Losses {

    private final AtomicLongArray counts = new AtomicLongArray(Loss.values().length);

    void count(Loss loss) {
        counts.setOpaque(loss.ordinal(), counts.getPlain(loss.ordinal()) + 1);
    }

    long of(Loss loss) {
        return counts.getOpaque(loss.ordinal());
    }
}
