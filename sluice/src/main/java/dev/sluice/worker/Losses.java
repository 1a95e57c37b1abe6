package dev.sluice.worker;

import dev.sluice.director.Counts;
import dev.sluice.wire.Malformed;

/// How many frames one worker lost, by reason. Written by its thread, read by any.
final class Losses {

    private final Counts<Loss> counts = new Counts<>(Loss.class);
    private final Counts<Malformed> malformed = new Counts<>(Malformed.class);

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
