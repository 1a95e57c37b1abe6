package dev.sluice.worker;

/// How much of its processor a real-time worker may take for itself: four fifths of each tenth of a
/// second. When that is spent the worker is an ordinary thread until the tenth is over, so that
/// whoever shares the processor gets a turn, also under a flood.
///
/// The kernel leaves others a twentieth by itself (`sched_rt_runtime_us`), but takes it in one
/// piece of 50 ms, in which no packet would pass.
///
/// Belongs to one thread.
final class RealTimeBudget {

    private static final long WINDOW_NANOS = 100_000_000;
    private static final long AWAKE_NANOS = 80_000_000;

    private long begunNanos;
    private long sleptNanos;

    RealTimeBudget(long nowNanos) {
        begunNanos = nowNanos;
    }

    /// The thread slept for so long until now, and took nothing from anybody.
    void slept(long nanos, long nowNanos) {
        sleptNanos += nanos;
        renew(nowNanos);
    }

    /// Whether the thread has to step down for a while.
    boolean isSpent(long nowNanos) {
        renew(nowNanos);
        return nowNanos - begunNanos - sleptNanos > AWAKE_NANOS;
    }

    private void renew(long nowNanos) {
        if (nowNanos - begunNanos >= WINDOW_NANOS) {
            begunNanos = nowNanos;
            sleptNanos = 0;
        }
    }
}
