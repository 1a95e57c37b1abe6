package dev.sluice.health;

import java.time.Instant;
import java.util.List;

/// A check as it is at a moment.
///
/// @param isProven whether it has ever passed
/// @param part the question to be asked next, of several
/// @param results the newest first
public record CheckReport(
        String kind,
        boolean isUp,
        boolean isProven,
        boolean isPaused,
        long failures,
        int part,
        List<Result> results) {

    /// What came of one attempt.
    ///
    /// @param latencyNanos how long it took
    public record Result(Instant at, boolean passed, String reason, long latencyNanos) {}
}
