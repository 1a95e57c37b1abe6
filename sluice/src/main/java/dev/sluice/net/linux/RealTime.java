package dev.sluice.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Lets the calling thread run before all ordinary ones (`sched(7)`, SCHED_RR): for threads that
/// have little to do, and for which a tenth of a second is too late. Threads and programs that it
/// starts are ordinary again.
public final class RealTime {

    // struct sched_attr: size 4, policy 4, flags 8, nice 4, priority 4, runtime 8, deadline 8,
    // period 8.
    private static final long ATTRIBUTES_BYTES = 48;
    private static final long POLICY = 4;
    private static final long FLAGS = 8;
    private static final long PRIORITY = 20;

    private static final int ROUND_ROBIN = 2;
    private static final long RESET_ON_FORK = 1;

    private RealTime() {}

    /// Puts the calling thread into the round-robin real-time class.
    ///
    /// @param priority 1 to 99
    /// @return false where the system does not permit it
    public static boolean set(int priority) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            attributes.set(ValueLayout.JAVA_INT, 0, (int) ATTRIBUTES_BYTES);
            attributes.set(ValueLayout.JAVA_INT, POLICY, ROUND_ROBIN);
            attributes.set(ValueLayout.JAVA_LONG, FLAGS, RESET_ON_FORK);
            attributes.set(ValueLayout.JAVA_INT, PRIORITY, priority);
            return Kernel.schedSetattr(attributes) == 0;
        }
    }

    /// Whether the calling thread does.
    public static boolean isSet() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            return Kernel.schedGetattr(attributes) == 0
                    && attributes.get(ValueLayout.JAVA_INT, POLICY) == ROUND_ROBIN;
        }
    }
}
