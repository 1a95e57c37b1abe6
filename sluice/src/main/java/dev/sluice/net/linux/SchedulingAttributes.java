package dev.sluice.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A `struct sched_attr` (`sched_setattr(2)`): how the kernel lets a thread run.
///
/// ```
///  0 size 4 │ 4 policy 4 │ 8 flags 8 │ 16 nice 4 │ 20 priority 4 │ 24 runtime 8 │ 32 deadline 8
/// 40 period 8
/// ```
final class SchedulingAttributes {

    static final int OTHER = 0;
    static final int ROUND_ROBIN = 2;
    static final long RESET_ON_FORK = 1;

    private static final int BYTES = 48;
    private static final long POLICY = 4;
    private static final long FLAGS = 8;
    private static final long NICE = 16;
    private static final long PRIORITY = 20;
    private static final long RUNTIME = 24;

    private final MemorySegment attributes;

    /// Those of a new ordinary thread.
    SchedulingAttributes(Arena arena) {
        attributes = arena.allocate(BYTES, 8);
        attributes.set(ValueLayout.JAVA_INT, 0, BYTES);
    }

    /// Those that a thread (0: the calling one) has; false when there is no such thread.
    boolean read(int tid) {
        return Kernel.schedGetattr(tid, attributes) >= 0;
    }

    /// Gives them to a thread; false where the system does not permit it.
    boolean apply(int tid) {
        return Kernel.schedSetattr(tid, attributes) == 0;
    }

    int policy() {
        return attributes.get(ValueLayout.JAVA_INT, POLICY);
    }

    SchedulingAttributes policy(int policy) {
        attributes.set(ValueLayout.JAVA_INT, POLICY, policy);
        return this;
    }

    SchedulingAttributes flags(long flags) {
        attributes.set(ValueLayout.JAVA_LONG, FLAGS, flags);
        return this;
    }

    int nice() {
        return attributes.get(ValueLayout.JAVA_INT, NICE);
    }

    SchedulingAttributes nice(int nice) {
        attributes.set(ValueLayout.JAVA_INT, NICE, nice);
        return this;
    }

    SchedulingAttributes priority(int priority) {
        attributes.set(ValueLayout.JAVA_INT, PRIORITY, priority);
        return this;
    }

    SchedulingAttributes runtimeNanos(long nanos) {
        attributes.set(ValueLayout.JAVA_LONG, RUNTIME, nanos);
        return this;
    }
}
