package dev.sluice.worker;

/// How long a worker that has nothing to do goes on looking for frames before it sleeps.
///
/// Waking a thread costs microseconds, tens of them on a processor that went idle, and more again
/// in a virtual machine; a request and its reply pay it twice. Looking costs processor time that
/// nobody else wants: between two looks the worker yields. It looks while that pays: each frame
/// that came soon enough gives credit for a few looks in vain, and without credit the worker sleeps
/// at once. So one that gets a packet each millisecond does not keep a processor busy.
///
/// Belongs to one thread.
final class BusyPoll {

    private static final int MAXIMUM_CREDIT = 16;
    private static final int REWARD = 4;

    private final long limitNanos;
    private int credit = MAXIMUM_CREDIT;

    /// @param limitNanos how long to look at most, 0 for never
    BusyPoll(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    /// How long to look this time, 0 for not at all.
    long nanos() {
        return credit > 0 ? limitNanos : 0;
    }

    /// After this time, asleep or not, there was something to do.
    void waited(long gapNanos) {
        boolean soon = gapNanos <= limitNanos;
        credit = soon ? Math.min(MAXIMUM_CREDIT, credit + REWARD) : Math.max(0, credit - 1);
    }
}
