package dev.sluice.health.pool;

/// When a check tries, and how often it must fail.
///
/// @param intervalNanos from the end of an attempt to the next one
/// @param downIntervalNanos the same while it counts as failed
/// @param retries how many failures in a row are tolerated, once it has succeeded
/// @param retryDelayNanos until the next attempt after one of those
/// @param warmupNanos the first attempt comes within this time, at random
/// @param startsDown whether it counts as failed until its first success
/// @param parts a check may be several questions that take turns, such as urls; at least 1
/// @param recoversFast whether parts follow each other without delay while it is coming up
/// @param logsAllFailures whether failures that change nothing are logged too
public record Timing(
        long intervalNanos,
        long downIntervalNanos,
        long retries,
        long retryDelayNanos,
        long warmupNanos,
        boolean startsDown,
        int parts,
        boolean recoversFast,
        boolean logsAllFailures) {

    /// One question, which starts as if it had been answered well.
    public static Timing every(long intervalNanos, long retries, long retryDelayNanos) {
        return new Timing(
                intervalNanos,
                intervalNanos,
                retries,
                retryDelayNanos,
                intervalNanos,
                false,
                1,
                false,
                false);
    }
}
