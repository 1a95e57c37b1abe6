package dev.sluice.lab.scene;

import java.util.Map;
import java.util.TreeMap;

/// What a client under load got, second by second. Any thread.
final class Answered {

    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    /// @param answers how many, by who gave them
    record Second(Map<String, Integer> answers, int failed, long slowestMillis) {

        int of(String server) {
            return answers.getOrDefault(server, 0);
        }
    }

    private Map<String, Integer> answers = new TreeMap<>();
    private final Map<String, Integer> reasons = new TreeMap<>();
    private int failed;
    private long slowestNanos;
    private long total;
    private long failures;
    private long lastAnswerNanos;
    private long longestGapNanos;

    /// Begins anew.
    synchronized void forget() {
        next();
        reasons.clear();
        total = 0;
        failures = 0;
        longestGapNanos = 0;
        lastAnswerNanos = System.nanoTime();
    }

    synchronized void add(String server, long nanos) {
        answers.merge(server, 1, Integer::sum);
        total++;
        slowestNanos = Math.max(slowestNanos, nanos);
        long now = System.nanoTime();
        longestGapNanos = Math.max(longestGapNanos, now - lastAnswerNanos);
        lastAnswerNanos = now;
    }

    synchronized void addFailure(String reason) {
        failed++;
        failures++;
        reasons.merge(reason, 1, Integer::sum);
    }

    /// What there was since the last call.
    synchronized Second next() {
        Second second = new Second(answers, failed, slowestNanos / NANOS_PER_MILLISECOND);
        answers = new TreeMap<>();
        failed = 0;
        slowestNanos = 0;
        return second;
    }

    synchronized long total() {
        return total;
    }

    synchronized long failures() {
        return failures;
    }

    synchronized long longestGapMillis() {
        return longestGapNanos / NANOS_PER_MILLISECOND;
    }

    synchronized Map<String, Integer> reasons() {
        return new TreeMap<>(reasons);
    }
}
