package dev.sluice.net.linux;

import java.lang.foreign.Arena;

/// An ordinary thread's weight against others that want the processor (`sched(7)`): each step is a
/// tenth more or less. Whatever the weight, others still get their share.
public final class Nice {

    private Nice() {}

    /// Gives the calling thread this one.
    ///
    /// @param nice -20, the heaviest, to 19
    /// @return false where the system does not permit it: less than now needs CAP_SYS_NICE or
    ///   RLIMIT_NICE
    public static boolean set(int nice) {
        try (Arena arena = Arena.ofConfined()) {
            SchedulingAttributes attributes = new SchedulingAttributes(arena);
            return attributes.read(0) && attributes.nice(nice).apply(0);
        }
    }

    /// The calling thread's.
    public static int get() {
        try (Arena arena = Arena.ofConfined()) {
            SchedulingAttributes attributes = new SchedulingAttributes(arena);
            attributes.read(0);
            return attributes.nice();
        }
    }
}
