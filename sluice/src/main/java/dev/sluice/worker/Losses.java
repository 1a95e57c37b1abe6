package dev.sluice.worker;

import dev.sluice.director.Counts;
import dev.sluice.wire.Malformed;

/// How many frames one worker lost, by reason. Written by its thread, read by any.
final class Losses {

    private final Counts<Loss> counts = new Counts<>(Loss.class);
    private final Counts<Malformed> malformed = new Counts<>(Malformed.class);
    private final LostHops hops;

    Losses() {
        this(new LostHops());
    }

    /// @param hops of all workers
    Losses(LostHops hops) {
        this.hops = hops;
    }

    LostHops hops() {
        return hops;
    }

    void count(Loss loss) {
        counts.count(loss);
    }

    /// A frame that is no packet is a loss, and what is wrong with it is told apart.
    void count(Malformed kind) {
        counts.count(Loss.MALFORMED);
        malformed.count(kind);
    }

    long of(Loss loss) {
        return counts.of(loss);
    }

    long of(Malformed kind) {
        return malformed.of(kind);
    }
}
