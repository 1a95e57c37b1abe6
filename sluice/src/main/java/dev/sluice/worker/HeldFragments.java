package dev.sluice.worker;

import dev.sluice.net.packet.FrameSource;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Later fragments that came before the first one of their packet, which alone shows ports: they
/// wait here for it, for a second, and then are judged as if they had come behind it. Networks with
/// several paths reorder; a sender that sends the last piece first exists too.
///
/// Bounded: so many frames, of so many bytes. One that finds no room is not held, and one whose
/// time is up goes the way it would have gone at once: to the stack.
final class HeldFragments {

    static final int FRAMES = 64;

    /// A frame of the largest usual MTU, 9000, with what stands or may be written in front of it.
    private static final int FRAME_BYTES = 9216;

    private static final long PATIENCE_NANOS = 1_000_000_000L;
    private static final int FREE = -1;

    private final MemorySegment memory;
    private final long[][] keys = new long[FRAMES][];
    private final int[] intakes = new int[FRAMES];
    private final int[] frameBytes = new int[FRAMES];
    private final long[] deadlines = new long[FRAMES];
    private int held;

    /// Whose fragments are asked for: source, destination, and identification with family.
    private final long[] wanted = new long[5];

    HeldFragments(Arena arena) {
        memory = arena.allocate((long) FRAMES * FRAME_BYTES, 64);
        Arrays.setAll(keys, _ -> new long[wanted.length]);
        Arrays.fill(intakes, FREE);
    }

    /// Keeps a copy of a frame.
    ///
    /// @return false if there is no room
    boolean hold(
            PacketView fragment,
            int intake,
            MemorySegment from,
            long vnet,
            int bytes,
            long nowNanos) {
        int wholeBytes = VnetHeader.BYTES + bytes;
        if (held == FRAMES || FrameSource.HEADROOM_BYTES + wholeBytes > FRAME_BYTES) {
            return false;
        }
        int slot = 0;
        while (intakes[slot] != FREE) {
            slot++;
        }
        MemorySegment.copy(from, vnet, memory, vnet(slot), wholeBytes);
        write(keys[slot], fragment);
        intakes[slot] = intake;
        frameBytes[slot] = bytes;
        deadlines[slot] = nowNanos + PATIENCE_NANOS;
        held++;
        return true;
    }

    /// Remembers whose fragments [#next] is to find; to be told while the packet is as it came.
    ///
    /// @return false if none is held at all
    boolean want(PacketView first) {
        if (held == 0) {
            return false;
        }
        write(wanted, first);
        return true;
    }

    /// A held frame of the packet that was asked for last, or -1. To be followed by [#forget].
    int next() {
        for (int slot = 0; slot < FRAMES; slot++) {
            if (intakes[slot] != FREE && Arrays.equals(keys[slot], wanted)) {
                return slot;
            }
        }
        return -1;
    }

    /// A held frame whose time is up, or -1. To be followed by [#forget].
    int expired(long nowNanos) {
        for (int slot = 0; held > 0 && slot < FRAMES; slot++) {
            if (intakes[slot] != FREE && nowNanos - deadlines[slot] >= 0) {
                return slot;
            }
        }
        return -1;
    }

    void forget(int slot) {
        intakes[slot] = FREE;
        held--;
    }

    /// When the time of one is up, at the latest; `Long.MAX_VALUE` when none is held.
    long nextDeadlineNanos(long nowNanos) {
        long soonest = PATIENCE_NANOS;
        for (int slot = 0; held > 0 && slot < FRAMES; slot++) {
            if (intakes[slot] != FREE) {
                soonest = Math.min(soonest, deadlines[slot] - nowNanos);
            }
        }
        return held == 0 ? Long.MAX_VALUE : nowNanos + Math.max(0, soonest);
    }

    MemorySegment memory() {
        return memory;
    }

    /// Where the vnet header of a held frame is.
    long vnet(int slot) {
        return (long) slot * FRAME_BYTES + FrameSource.HEADROOM_BYTES;
    }

    int frameBytes(int slot) {
        return frameBytes[slot];
    }

    /// Where it came in.
    int intake(int slot) {
        return intakes[slot];
    }

    private static void write(long[] key, PacketView packet) {
        key[0] = packet.sourceHigh();
        key[1] = packet.sourceLow();
        key[2] = packet.destinationHigh();
        key[3] = packet.destinationLow();
        key[4] = packet.fragmentId() & 0xffff_ffffL | (packet.isIpv6() ? 1L << 32 : 0);
    }
}
