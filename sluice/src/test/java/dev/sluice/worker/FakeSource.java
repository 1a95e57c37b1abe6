package dev.sluice.worker;

import dev.sluice.net.packet.FrameSource;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;

/// Frames from a test. What was released is overwritten, so that a use of it shows.
final class FakeSource implements FrameSource {

    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = 1 << 16 | 256;
    private static final int FIRST_BYTE = 120;

    private final MemorySegment memory;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private int current = -1;
    private int bytes;

    /// What is said to have been lost.
    long dropped;

    FakeSource(Arena arena) {
        memory = arena.allocate((long) SLOTS * SLOT_BYTES, 64);
    }

    /// @param vnetAndFrame ten bytes of vnet header and the frame
    void add(byte[] vnetAndFrame) {
        waiting.add(vnetAndFrame);
    }

    @Override
    public boolean next() {
        byte[] next = waiting.peek();
        if (next == null || current == SLOTS - 1) {
            return false;
        }
        waiting.remove();
        current++;
        MemorySegment.copy(next, 0, memory, ValueLayout.JAVA_BYTE, vnetOffset(), next.length);
        bytes = next.length - VnetHeader.BYTES;
        return true;
    }

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public MemorySegment segment() {
        return memory;
    }

    @Override
    public long vnetOffset() {
        return (long) current * SLOT_BYTES + FIRST_BYTE;
    }

    @Override
    public int frameBytes() {
        return bytes;
    }

    @Override
    public void release() {
        for (int i = 0; i <= current; i++) {
            for (int at = 0; at < 256; at += 8) {
                memory.set(
                        ValueLayout.JAVA_LONG, (long) i * SLOT_BYTES + at, 0xdddd_dddd_dddd_ddddL);
            }
        }
        current = -1;
    }
}
