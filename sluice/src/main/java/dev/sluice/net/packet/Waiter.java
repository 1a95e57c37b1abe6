package dev.sluice.net.packet;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Flags;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.Sockets;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.List;

/// Lets one thread sleep until a frame comes, another thread calls [#wake], or time is up.
public final class Waiter implements AutoCloseable {

    private static final int POLLFD_BYTES = 8;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG;

    private final Descriptor alarm =
            Descriptor.of(
                    Kernel.eventfd(0, Flags.EFD_NONBLOCK | Flags.EFD_CLOEXEC),
                    "eventfd",
                    "wake-up",
                    "");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment descriptors;
    private final MemorySegment timeout = arena.allocate(16, 8);
    private final MemorySegment drained = arena.allocate(8, 8);
    private final MemorySegment length = arena.allocate(4, 4);
    private final MemorySegment one = arena.allocateFrom(U64, 1);
    private final int count;

    /// Whether the thread sleeps or is about to: only then a wake-up costs a system call.
    private volatile boolean asleep;

    public Waiter(List<PacketRing> sources) {
        count = sources.size() + 1;
        descriptors = arena.allocate((long) count * POLLFD_BYTES, 8);
        entry(0, alarm.number());
        for (int i = 1; i < count; i++) {
            entry(i, sources.get(i - 1).descriptor());
        }
    }

    private void entry(int index, int descriptor) {
        long at = (long) index * POLLFD_BYTES;
        descriptors.set(ValueLayout.JAVA_INT, at, descriptor);
        descriptors.set(ValueLayout.JAVA_SHORT, at + 4, Flags.POLLIN);
    }

    /// To be called before the last look for work: a wake-up from here on is not missed.
    public void prepare() {
        asleep = true;
        VarHandle.fullFence(); // before the look
    }

    /// Sleeps. Returns at once if woken since [#prepare].
    public void await(long timeoutNanos) {
        timeout.set(U64, 0, timeoutNanos / 1_000_000_000L);
        timeout.set(U64, 8, timeoutNanos % 1_000_000_000L);
        Kernel.ppoll(descriptors, count, timeout);
        asleep = false;
        if (answered(0) != 0) {
            Kernel.read(alarm.number(), drained);
        }
        for (int i = 1; i < count; i++) {
            if ((answered(i) & Flags.POLLERR) != 0) {
                takeError(i);
            }
        }
    }

    private short answered(int index) {
        return descriptors.get(ValueLayout.JAVA_SHORT, (long) index * POLLFD_BYTES + 6);
    }

    /// An interface that goes down leaves an error on its socket, which ends every wait until
    /// somebody has read it.
    private void takeError(int index) {
        length.set(ValueLayout.JAVA_INT, 0, 4);
        Kernel.getsockopt(
                descriptors.get(ValueLayout.JAVA_INT, (long) index * POLLFD_BYTES),
                Sockets.SOL_SOCKET,
                Sockets.SO_ERROR,
                drained,
                length);
    }

    /// There is work after all.
    public void cancel() {
        asleep = false;
    }

    /// Any thread: ends the other's sleep. What there is to be seen was written before.
    public void wake() {
        VarHandle.fullFence(); // or the other might not see it, and we not that it is asleep
        if (asleep) {
            Kernel.write(alarm.number(), one);
        }
    }

    @Override
    public void close() {
        alarm.close();
        arena.close();
    }
}
