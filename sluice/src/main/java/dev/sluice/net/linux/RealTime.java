package dev.sluice.net.linux;

import java.lang.foreign.Arena;

/// Lets a thread run before all ordinary ones (`sched(7)`, SCHED_RR): for threads for which a tenth
/// of a second is too late. Whoever uses it sees to it that the thread does not take a processor
/// for itself. Threads and programs that it starts are ordinary again.
public final class RealTime {

    private RealTime() {}

    /// Puts the calling thread into the round-robin real-time class.
    ///
    /// @param priority 1 to 99
    /// @return false where the system does not permit it
    public static boolean set(int priority) {
        try (Arena arena = Arena.ofConfined()) {
            return new SchedulingAttributes(arena)
                    .policy(SchedulingAttributes.ROUND_ROBIN)
                    .flags(SchedulingAttributes.RESET_ON_FORK)
                    .priority(priority)
                    .apply(0);
        }
    }

    /// Makes a thread of this process (0: the calling one) an ordinary one again, which everybody
    /// may. It stays so that threads which it starts are ordinary.
    ///
    /// @return false when there is no such thread
    public static boolean end(int tid) {
        try (Arena arena = Arena.ofConfined()) {
            return new SchedulingAttributes(arena)
                    .policy(SchedulingAttributes.OTHER)
                    .flags(SchedulingAttributes.RESET_ON_FORK)
                    .apply(tid);
        }
    }

    /// Whether the calling thread does.
    public static boolean isSet() {
        return isSet(0);
    }

    /// Whether a thread of this process (0: the calling one) does.
    public static boolean isSet(int tid) {
        try (Arena arena = Arena.ofConfined()) {
            SchedulingAttributes attributes = new SchedulingAttributes(arena);
            return attributes.read(tid) && attributes.policy() == SchedulingAttributes.ROUND_ROBIN;
        }
    }
}
