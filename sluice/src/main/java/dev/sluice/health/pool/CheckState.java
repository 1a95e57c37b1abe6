package dev.sluice.health.pool;

/// What a check has found out so far: keepalived.md §5.2.
///
/// ```
///             failed, retries are left:              failed
///             again after retry delay                ┌────┐
///                  ┌────┐                            │    ▼
///          ┌──────►│ UP │── failed, none left ─────► │ DOWN │
///          │       └────┘                            └──────┘
///          │                                             │ passed
///          └──── passed, the last part ◄── parts from the first, one after the other
/// ```
///
/// Before its first success a check has no retries. The parts of one that is up take turns; one
/// that fails is asked again until it passes, and then all from the first must.
///
/// @param isProven whether it has ever passed
/// @param failures in a row, while they are tolerated
/// @param part the one to be asked next
/// @param isRecovering down, but the part that failed has passed since
public record CheckState(
        boolean isUp, boolean isProven, long failures, int part, boolean isRecovering) {

    /// What an attempt changed.
    public enum Change {
        NONE,
        UP,
        DOWN
    }

    /// What follows from an attempt.
    ///
    /// @param delayNanos until the next attempt
    public record Next(CheckState state, long delayNanos, Change change) {}

    public static CheckState first(Timing timing) {
        return new CheckState(!timing.startsDown(), false, 0, 0, false);
    }

    /// One that is not believed before it has passed, whatever its timing says.
    public static CheckState unproven() {
        return new CheckState(false, false, 0, 0, false);
    }

    /// After an attempt.
    public Next after(Timing timing, boolean passed) {
        if (isUp) {
            return passed ? stillUp(timing) : failed(timing);
        }
        return passed ? recovers(timing) : stillDown(timing);
    }

    private Next stillUp(Timing timing) {
        int next = (part + 1) % timing.parts();
        return new Next(
                new CheckState(true, true, 0, next, false), timing.intervalNanos(), Change.NONE);
    }

    private Next failed(Timing timing) {
        if (isProven && failures < timing.retries()) {
            return new Next(
                    new CheckState(true, true, failures + 1, part, false),
                    timing.retryDelayNanos(),
                    Change.NONE);
        }
        return new Next(
                new CheckState(false, isProven, 0, part, false),
                timing.downIntervalNanos(),
                Change.DOWN);
    }

    private Next stillDown(Timing timing) {
        return new Next(
                new CheckState(false, isProven, 0, part, false),
                timing.downIntervalNanos(),
                Change.NONE);
    }

    private Next recovers(Timing timing) {
        boolean isLast = timing.parts() == 1 || isRecovering && part == timing.parts() - 1;
        if (isLast) {
            return new Next(
                    new CheckState(true, true, 0, 0, false), timing.intervalNanos(), Change.UP);
        }
        int next = isRecovering ? part + 1 : 0;
        return new Next(
                new CheckState(false, isProven, 0, next, true),
                timing.recoversFast() ? 0 : timing.intervalNanos(),
                Change.NONE);
    }
}
