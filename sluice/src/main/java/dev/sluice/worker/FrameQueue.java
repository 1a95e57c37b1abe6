package dev.sluice.worker;

import dev.sluice.net.packet.FrameSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Frames handed from one worker to another: one producer, one consumer, bounded, in order.
///
/// Used for the few frames that reached the wrong worker: replies of a real server that serves both
/// kinds of steering, reassembled fragments, ICMP errors; and in direct mode, where all frames
/// reach one worker, for most. A frame is copied, vnet header included; a full queue refuses, and
/// the producer counts the frame as dropped.
///
/// The memory is one ring of records, made when the first frame comes: of the pairs of workers most
/// have nothing to say to each other. A record is never split; a filler goes round the end.
///
/// ```
///  0           4        8             72
/// +-----------+--------+-------------+----------------------------------+
/// | bytes, -1 | intake | headroom 64 | vnet header 10 │ frame │ padding  |
/// +-----------+--------+-------------+----------------------------------+
/// ```
final class FrameQueue {

    /// Sixty super-packets, or a few thousand usual ones.
    static final int CAPACITY_BYTES = 1 << 22;

    private static final int HEADER_BYTES = 8 + FrameSource.HEADROOM_BYTES;
    private static final int INTAKE = 4;
    private static final int FILLER = -1;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT;

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

    private final Arena arena;

    /// Written by the producer, once, before the first frame shows.
    private MemorySegment memory = MemorySegment.NULL;

    /// Written by the producer only: bytes ever written.
    @SuppressWarnings("unused")
    private long tail;

    /// Written by the consumer only: bytes ever freed.
    @SuppressWarnings("unused")
    private long head;

    /// An empty queue.
    ///
    /// @param arena shared, and open as long as the queue is used
    FrameQueue(Arena arena) {
        this.arena = arena;
    }

    /// Copies a frame with its vnet header.
    ///
    /// @param vnet where the vnet header starts; the frame follows it directly
    /// @param bytes vnet header and frame together
    /// @param intake which intake it came from
    /// @return false when the queue is full
    boolean offer(MemorySegment from, long vnet, int bytes, int intake) {
        if (memory.byteSize() == 0) {
            memory = arena.allocate(CAPACITY_BYTES, 64);
        }
        long next = (long) TAIL.getOpaque(this);
        int at = position(next);
        int record = recordBytes(bytes);
        int skipped = record <= CAPACITY_BYTES - at ? 0 : CAPACITY_BYTES - at;
        long free = CAPACITY_BYTES - (next - (long) HEAD.getAcquire(this));
        if (skipped + record > free) {
            return false;
        }
        if (skipped > 0) {
            memory.set(U32, at, FILLER);
            at = 0;
        }
        memory.set(U32, at, bytes);
        memory.set(U32, at + INTAKE, intake);
        MemorySegment.copy(from, vnet, memory, at + HEADER_BYTES, bytes);
        TAIL.setRelease(this, next + skipped + record);
        return true;
    }

    /// Whether a frame waits. It stays valid until [#remove].
    boolean hasNext() {
        long first = (long) HEAD.getOpaque(this);
        if ((long) TAIL.getAcquire(this) == first) {
            return false;
        }
        int at = position(first);
        if (memory.get(U32, at) == FILLER) {
            HEAD.setRelease(this, first + CAPACITY_BYTES - at);
        }
        return true;
    }

    MemorySegment segment() {
        return memory;
    }

    /// Where the waiting frame's vnet header starts.
    long vnet() {
        return record() + HEADER_BYTES;
    }

    /// The waiting frame's length, vnet header included.
    int bytes() {
        return memory.get(U32, record());
    }

    int intake() {
        return memory.get(U32, record() + INTAKE);
    }

    void remove() {
        HEAD.setRelease(this, (long) HEAD.getOpaque(this) + recordBytes(bytes()));
    }

    private long record() {
        return position((long) HEAD.getOpaque(this));
    }

    private static int position(long counted) {
        return (int) (counted & CAPACITY_BYTES - 1);
    }

    private static int recordBytes(int bytes) {
        return HEADER_BYTES + bytes + 7 & ~7;
    }
}
