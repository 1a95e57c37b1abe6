package dev.sluice.worker;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Frames handed from one worker to another: one producer, one consumer, bounded, in order.
///
/// Used for the few frames that reached the wrong worker: replies of a real server that serves both
/// kinds of steering, reassembled fragments, ICMP errors. A frame is copied, vnet header included,
/// into a slot of its own; a full queue refuses, and the producer counts the frame as dropped.
final class FrameQueue {

    private static final int SLOTS = 128;
    private static final int SLOT_HEADER_BYTES = 16;
    private static final int SLOT_BYTES = SLOT_HEADER_BYTES + 16 + (1 << 16) + 64;

    private static final VarHandle TAIL;
    private static final VarHandle HEAD;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TAIL = lookup.findVarHandle(FrameQueue.class, "tail", long.class);
            HEAD = lookup.findVarHandle(FrameQueue.class, "head", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final MemorySegment slots;
    private final int[] intakes = new int[SLOTS];

    /// Written by the producer only: frames ever offered.
    @SuppressWarnings("unused")
    private long tail;

    /// Written by the consumer only: frames ever taken.
    @SuppressWarnings("unused")
    private long head;

    FrameQueue(Arena arena) {
        slots = arena.allocate((long) SLOTS * SLOT_BYTES, 64);
    }

    /// Copies a frame with its vnet header.
    ///
    /// @param vnet where the vnet header starts; the frame follows it directly
    /// @param bytes vnet header and frame together
    /// @param intake which intake it came from
    /// @return false when the queue is full
    boolean offer(MemorySegment from, long vnet, int bytes, int intake) {
        long next = (long) TAIL.getOpaque(this);
        if (next - (long) HEAD.getAcquire(this) == SLOTS
                || bytes > SLOT_BYTES - SLOT_HEADER_BYTES) {
            return false;
        }
        int index = (int) (next % SLOTS);
        long slot = (long) index * SLOT_BYTES;
        slots.set(ValueLayout.JAVA_INT, slot, bytes);
        intakes[index] = intake;
        MemorySegment.copy(from, vnet, slots, slot + SLOT_HEADER_BYTES, bytes);
        TAIL.setRelease(this, next + 1);
        return true;
    }

    /// Whether a frame waits. It stays valid until [#remove].
    boolean hasNext() {
        return (long) TAIL.getAcquire(this) != (long) HEAD.getOpaque(this);
    }

    MemorySegment segment() {
        return slots;
    }

    /// Where the waiting frame's vnet header starts.
    long vnet() {
        return slot() + SLOT_HEADER_BYTES;
    }

    /// The waiting frame's length, vnet header included.
    int bytes() {
        return slots.get(ValueLayout.JAVA_INT, slot());
    }

    int intake() {
        return intakes[(int) ((long) HEAD.getOpaque(this) % SLOTS)];
    }

    void remove() {
        HEAD.setRelease(this, (long) HEAD.getOpaque(this) + 1);
    }

    private long slot() {
        return (long) HEAD.getOpaque(this) % SLOTS * SLOT_BYTES;
    }
}
