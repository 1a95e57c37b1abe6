package dev.sluice.lab.bench;

import java.util.concurrent.TimeUnit;

/// How long a benchmark will still take, by the rounds that it took so far.
final class Remaining {

    private final int rounds;
    private long beganNanos;
    private long spentNanos;
    private int done;

    Remaining(int rounds) {
        this.rounds = rounds;
    }

    void begin(long nowNanos) {
        beganNanos = nowNanos;
    }

    void end(long nowNanos) {
        spentNanos += nowNanos - beganNanos;
        done++;
    }

    /// `, 6 min left`, or nothing before the first round is over.
    ///
    /// @param round that begins, from 1
    String words(int round) {
        if (done == 0) {
            return "";
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(spentNanos / done * (rounds - round + 1));
        return seconds < 100
                ? ", about " + Math.max(1, seconds) + " s left"
                : ", about " + (seconds + 30) / 60 + " min left";
    }
}
