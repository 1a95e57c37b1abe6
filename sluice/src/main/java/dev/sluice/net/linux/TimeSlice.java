package dev.sluice.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// How long the calling thread runs at a time while others wait for the processor.
///
/// A thread with shorter slices gets its turn sooner when it wakes, and no larger share (Linux 6.12
/// and newer, `kernel/sched/syscalls.c`; older ones ignore it).
public final class TimeSlice {

    // struct sched_attr: size 4, policy 4, flags 8, nice 4, priority 4, runtime 8, deadline 8,
    // period 8.
    private static final long ATTRIBUTES_BYTES = 48;
    private static final long RUNTIME = 24;

    private TimeSlice() {}

    /// Gives the calling thread slices of this length.
    ///
    /// @param nanos 100,000 to 100,000,000
    /// @return false where the system does not permit it
    public static boolean set(long nanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            if (Kernel.schedGetattr(attributes) < 0) {
                return false;
            }
            attributes.set(ValueLayout.JAVA_LONG, RUNTIME, nanos);
            return Kernel.schedSetattr(attributes) == 0;
        }
    }
}
