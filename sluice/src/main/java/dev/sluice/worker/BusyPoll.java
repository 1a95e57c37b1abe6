package dev.sluice.worker;

/// How long a worker that has nothing to do goes on looking for frames before it sleeps.
///
/// Waking a thread costs microseconds, tens of them on a processor that went idle, and more again
/// in a virtual machine; a request and its reply pay it twice. Looking costs processor time that
/// nobody else wants: between two looks the worker yields. It looks while that pays: each frame
/// that came soon enough gives credit for a few looks in vain, and without credit the worker sleeps
/// at once. So one that gets a packet each millisecond does not keep a processor busy.
///
/// Where others want the processor, looking uses up the worker's fair share of it, and when a
/// packet comes it is the others' turn. A yield that does not come back at once tells: then the
/// worker sleeps instead for a while, and keeps its claim to be woken soon.
///
/// Belongs to one thread.
final class BusyPoll {

    private static final int MAXIMUM_CREDIT = 16;
    private static final int REWARD = 4;

    /// Somebody else ran in a yield that took so long.
    private static final long CROWDED_NANOS = 20_000;

    private static final long PAUSE_NANOS = 10_000_000;

    private final long limitNanos;
    private boolean pausing;
    private long pauseEndsNanos;
    private int credit = MAXIMUM_CREDIT;

    /// @param limitNanos how long to look at most, 0 for never
    BusyPoll(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    /// How long to look this time, 0 for not at all.
    long nanos(long nowNanos) {
        pausing = pausing && nowNanos - pauseEndsNanos < 0;
        return credit > 0 && !pausing ? limitNanos : 0;
    }

    /// A yield took so long.
    ///
    /// @return whether to go on looking
    boolean yielded(long nanos, long nowNanos) {
        if (nanos < CROWDED_NANOS) {
            return true;
        }
        pausing = true;
        pauseEndsNanos = nowNanos + PAUSE_NANOS;
        return false;
    }

    /// After this time, asleep or not, there was something to do.
    void waited(long gapNanos) {
        boolean soon = gapNanos <= limitNanos;
        credit = soon ? Math.min(MAXIMUM_CREDIT, credit + REWARD) : Math.max(0, credit - 1);
    }
}
