package dev.sluice.director.connection;

import java.lang.foreign.Arena;
import java.util.Arrays;

/// Fixed-size slots of native memory, addressed by index. Memory comes in chunks of 256 KiB, so
/// that growth costs one allocation of some tens of microseconds and never moves a slot. Freed
/// slots are linked through their first four bytes and used again before new ones, the last freed
/// first: it is the one most likely still in the cache.
///
/// Index 0 is never given out; it stands for *none* in links and in the index.
final class Slab {

    static final int CHUNK_BYTES = 256 << 10;

    private final Arena arena;
    private final int slotShift;
    private final int chunkShift;
    private final int chunkMask;
    private long[] chunks = new long[16];
    private int chunkCount;
    private int next = 1;
    private int firstFree;
    private boolean exhausted;

    /// @param slotBytes a power of two, at least 64; slots are aligned to it
    Slab(Arena arena, int slotBytes) {
        this.arena = arena;
        this.slotShift = Integer.numberOfTrailingZeros(slotBytes);
        this.chunkShift = Integer.numberOfTrailingZeros(CHUNK_BYTES) - slotShift;
        this.chunkMask = (1 << chunkShift) - 1;
    }

    /// Where slot `index` lies.
    long address(int index) {
        return chunks[index >>> chunkShift] + ((long) (index & chunkMask) << slotShift);
    }

    /// An index whose slot may hold anything, or 0 when native memory is exhausted.
    int allocate() {
        int index = firstFree;
        if (index != 0) {
            firstFree = Memory.i32(address(index));
            return index;
        }
        if (next >>> chunkShift == chunkCount && !grow()) {
            return 0;
        }
        return next++;
    }

    void free(int index) {
        Memory.i32(address(index), firstFree);
        firstFree = index;
    }

    /// All indexes ever given out are below this one.
    int end() {
        return next;
    }

    long bytes() {
        return (long) chunkCount * CHUNK_BYTES + (long) chunks.length * Long.BYTES;
    }

    private boolean grow() {
        if (exhausted) {
            return false;
        }
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, 2 * chunkCount);
        }
        try {
            chunks[chunkCount] = arena.allocate(CHUNK_BYTES, 1L << slotShift).address();
        } catch (OutOfMemoryError _) {
            // The JVM has waited for memory before it gave up; a packet must not wait again.
            exhausted = true;
            return false;
        }
        chunkCount++;
        return true;
    }
}
