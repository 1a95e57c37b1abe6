package dev.sluice.worker;

import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.Nice;
import dev.sluice.net.linux.RealTime;
import dev.sluice.net.linux.ThreadClock;
import dev.sluice.net.linux.TimeSlice;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the kernel granted a worker's thread of the [Priority] that it asked for, and why not more.
///
/// Written by the thread itself and the [Watchdog]; what is public any thread may ask.
public final class Standing {

    private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

    /// The shortest there is: a packet should not wait until somebody else's slice is over, which
    /// takes milliseconds.
    private static final long SLICE_NANOS = 100_000;

    private final Priority asked;
    private volatile int tid;
    private volatile String words = "not started";
    private volatile boolean deposed;
    private RealTimeBudget budget = new RealTimeBudget(0);

    /// Whether it is granted to be a real-time thread, and whether it is one at the moment.
    private volatile boolean realTime;

    private boolean refused;
    private boolean steppedDown;

    Standing(Priority asked) {
        this.asked = asked;
    }

    /// The thread itself, first of all: asks the kernel.
    void take(long nowNanos) {
        tid = Kernel.gettid();
        budget = new RealTimeBudget(nowNanos);
        String slices =
                TimeSlice.set(SLICE_NANOS)
                        ? ", slices of %d µs".formatted(SLICE_NANOS / 1000)
                        : ", the usual slices";
        words =
                switch (asked) {
                    case Priority.Normal() -> ordinary() + slices;
                    case Priority.Weighted(int nice) -> weighted(nice) + slices;
                    case Priority.Automatic() ->
                            Nice.get() <= Priority.PREFERRED.nice()
                                    ? ordinary() + slices
                                    : weighted(Priority.PREFERRED.nice()) + slices;
                    case Priority.Immediate(int priority) -> immediate(priority, slices);
                };
        if (refused && !(asked instanceof Priority.Automatic)) {
            LOG.warn("--priority: a worker is {}", words);
        }
    }

    private static String ordinary() {
        return "ordinary, nice " + Nice.get();
    }

    private String weighted(int nice) {
        if (Nice.set(nice)) {
            return ordinary();
        }
        refused = true;
        return "%s (nice %d is not permitted: CAP_SYS_NICE, or RLIMIT_NICE %d)"
                .formatted(ordinary(), nice, 20 - nice);
    }

    private String immediate(int priority, String slices) {
        if (RealTime.set(priority)) {
            realTime = true;
            return "real-time %d, at most 80 %% of a processor".formatted(priority);
        }
        String instead = weighted(Priority.PREFERRED.nice());
        refused = true;
        return instead
                + slices
                + " (real time is not permitted: CAP_SYS_NICE, or RLIMIT_RTPRIO %d; in a control"
                        .formatted(priority)
                + " group also cpu.rt_runtime_us)";
    }

    /// Whether looking for packets without pause would keep ordinary threads from running: yielding
    /// does not let them.
    boolean isRealTime() {
        return realTime;
    }

    /// The thread itself, after each round: an ordinary thread for a while when its budget is
    /// spent, a real-time one again when there is a new one.
    void keepTo(long nowNanos) {
        if (!realTime) {
            return;
        }
        boolean spent = budget.isSpent(nowNanos);
        if (spent != steppedDown) {
            steppedDown = spent;
            if (spent) {
                RealTime.end(0);
            } else if (asked instanceof Priority.Immediate(int priority)) {
                RealTime.set(priority);
            }
        }
        if (deposed) {
            realTime = false;
            RealTime.end(0);
        }
    }

    /// The thread itself: it slept for so long.
    void slept(long nanos, long nowNanos) {
        if (realTime) {
            budget.slept(nanos, nowNanos);
        }
    }

    /// The watchdog: this thread does not come to an end of what it does, and is an ordinary one
    /// from now on.
    void depose() {
        deposed = true;
        words = "ordinary since it held a processor for half a second without a look for packets";
        RealTime.end(tid);
    }

    /// Any thread: what was granted and why not more.
    public String words() {
        return words;
    }

    /// Any thread: how long this worker wanted a processor that somebody else had.
    public long waitedNanos() {
        return ThreadClock.waitedNanos(tid);
    }

    int tid() {
        return tid;
    }
}
