package dev.sluice.net.linux;

import java.lang.foreign.Arena;

/// How long the calling thread runs at a time while others wait for the processor.
///
/// A thread with shorter slices gets its turn sooner when it wakes, and no larger share (Linux 6.12
/// and newer, `kernel/sched/syscalls.c`; older ones ignore it).
public final class TimeSlice {

    private TimeSlice() {}

    /// Gives the calling thread slices of this length.
    ///
    /// @param nanos 100,000 to 100,000,000
    /// @return false where the system does not permit it
    public static boolean set(long nanos) {
        try (Arena arena = Arena.ofConfined()) {
            SchedulingAttributes attributes = new SchedulingAttributes(arena);
            return attributes.read(0) && attributes.runtimeNanos(nanos).apply(0);
        }
    }
}
