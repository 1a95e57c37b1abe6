package dev.sluice.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Ends another thread's wait for descriptors, from any thread: an eventfd.
public final class Alarm implements AutoCloseable {

    private final Descriptor descriptor =
            Descriptor.of(
                    Kernel.eventfd(0, Flags.EFD_NONBLOCK | Flags.EFD_CLOEXEC),
                    "eventfd",
                    "alarm",
                    "");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
    private final MemorySegment taken = arena.allocate(8, 8);

    /// Readable while it rings.
    public Descriptor descriptor() {
        return descriptor;
    }

    /// To be called after the other was given something to see.
    public void ring() {
        Kernel.write(descriptor.number(), one);
    }

    /// The waiting thread, before it looks.
    public void silence() {
        Kernel.read(descriptor.number(), taken);
    }

    @Override
    public void close() {
        descriptor.close();
        arena.close();
    }
}
