package dev.sluice.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Waiting on descriptors with `ppoll(2)`: prepared once, used in a loop, without garbage.
public final class Poll {

    private static final int POLLFD_BYTES = 8; // fd 32, events 16, answered events 16
    private static final int EVENTS = 4;
    private static final int ANSWERED = 6;

    private final Descriptor[] descriptors;
    private final MemorySegment pollfds;
    private final MemorySegment timeout;

    /// Readiness to read of these descriptors, in this order.
    public Poll(Arena arena, Descriptor... descriptors) {
        this.descriptors = descriptors.clone();
        pollfds = arena.allocate((long) POLLFD_BYTES * descriptors.length, 8);
        timeout = arena.allocate(16, 8);
        for (int i = 0; i < descriptors.length; i++) {
            long at = (long) POLLFD_BYTES * i;
            pollfds.set(ValueLayout.JAVA_INT, at, descriptors[i].number());
            pollfds.set(ValueLayout.JAVA_SHORT, at + EVENTS, Flags.POLLIN);
        }
    }

    /// Waits until one is ready or the time is over; a signal ends it early.
    ///
    /// @param timeoutNanos 0 not to wait, negative to wait for ever
    /// @return how many are ready
    public int await(long timeoutNanos) {
        MemorySegment limit = MemorySegment.NULL;
        if (timeoutNanos >= 0) {
            limit = timeout;
            timeout.set(ValueLayout.JAVA_LONG, 0, timeoutNanos / 1_000_000_000L);
            timeout.set(ValueLayout.JAVA_LONG, 8, timeoutNanos % 1_000_000_000L);
        }
        int ready = Kernel.ppoll(pollfds, descriptors.length, limit);
        if (ready == -Errno.EINTR) {
            return 0;
        }
        return ready < 0 ? descriptors[0].check(ready, "ppoll") : ready;
    }

    /// Whether the last [#await] found this one readable, or in error.
    public boolean isReady(int index) {
        return pollfds.get(ValueLayout.JAVA_SHORT, (long) POLLFD_BYTES * index + ANSWERED) != 0;
    }

    /// Waits for one descriptor.
    ///
    /// @param timeoutMillis negative to wait for ever
    public static boolean readable(Descriptor descriptor, int timeoutMillis) {
        try (Arena arena = Arena.ofConfined()) {
            return new Poll(arena, descriptor).await(timeoutMillis * 1_000_000L) > 0;
        }
    }
}
