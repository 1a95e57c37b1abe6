package dev.sluice.worker;

import java.lang.foreign.Arena;
import java.util.function.IntConsumer;

/// A queue from every worker to every other, and a way to wake the receiver.
final class HandOver {

    private final FrameQueue[][] queues;
    private final IntConsumer wake;

    HandOver(int workers, Arena arena, IntConsumer wake) {
        this.wake = wake;
        queues = new FrameQueue[workers][workers];
        for (int from = 0; from < workers; from++) {
            for (int to = 0; to < workers; to++) {
                queues[from][to] = new FrameQueue(arena);
            }
        }
    }

    int workers() {
        return queues.length;
    }

    FrameQueue queue(int from, int to) {
        return queues[from][to];
    }

    void wake(int worker) {
        wake.accept(worker);
    }
}
