package dev.sluice.net.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// How long a thread really ran, and how long it would have run if a processor had been free.
///
/// Reading one's own clock is a system call of a microsecond and leaves no garbage. One object
/// belongs to one thread.
public final class ThreadClock {

    private static final int CLOCK_THREAD_CPUTIME_ID = 3;

    private final MemorySegment time = Arena.ofAuto().allocate(16, 8);

    /// What the calling thread has used of processors so far.
    public long nanos() {
        if (Kernel.clockGettime(CLOCK_THREAD_CPUTIME_ID, time) != 0) {
            return 0;
        }
        return time.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
                + time.get(ValueLayout.JAVA_LONG, 8);
    }

    /// How long a thread of this process has waited for a processor so far
    /// (`/proc/PID/task/TID/schedstat`).
    ///
    /// @return 0 where the kernel does not tell
    public static long waitedNanos(int tid) {
        try {
            List<String> words =
                    List.of(
                            Files.readString(Path.of("/proc/self/task/" + tid + "/schedstat"))
                                    .strip()
                                    .split(" ", -1));
            return words.size() < 2 ? 0 : Long.parseLong(words.get(1));
        } catch (IOException | NumberFormatException e) {
            return 0; // the thread has ended, or there is no /proc
        }
    }
}
