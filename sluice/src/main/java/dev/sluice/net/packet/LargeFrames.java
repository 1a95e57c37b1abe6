package dev.sluice.net.packet;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.Sockets;
import dev.sluice.wire.SuperPacketCutter;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Frames that are longer than a slot of the ring: TCP super-packets of up to 512 KiB, as a client
/// with large `gso_max_size` or a card with large receive offload makes them. The kernel keeps a
/// reference to such a frame in the socket's queue (PACKET_COPY_THRESH), in the order of the slots
/// that say so. It is read from there and handed out in pieces of at most 64 KiB, so that nobody
/// else has to know of anything longer.
///
/// Slots of 512 KiB would be simpler and cost eight times the memory for what hardly ever comes;
/// this costs one copy more for each of these bytes, and 1.5 MiB once the first has come.
///
/// Belongs to one thread.
final class LargeFrames implements AutoCloseable {

    /// The longest that Linux makes (GSO_MAX_SIZE), and what stands before it.
    private static final int LONGEST_BYTES = 8 << 16 | 1 << 12;

    /// Pieces between two releases: two of the longest frames.
    private static final int PLACES = 16;

    private static final int PLACE_BYTES = (1 << 16) + 256;
    private static final int VNET = 120;

    private final Descriptor socket;
    private final SuperPacketCutter cutter = new SuperPacketCutter();
    private final Arena arena = Arena.ofShared();
    private MemorySegment whole = MemorySegment.NULL;
    private MemorySegment pieces = MemorySegment.NULL;
    private int used;
    private long vnet;
    private int frameBytes;

    LargeFrames(Descriptor socket) {
        this.socket = socket;
    }

    /// Takes the next one from the queue.
    ///
    /// @return false when it cannot be cut, and is lost
    boolean receive() {
        if (whole.byteSize() == 0) {
            whole = arena.allocate(LONGEST_BYTES, 64);
            pieces = arena.allocate((long) PLACES * PLACE_BYTES, 64);
        }
        int bytes =
                Kernel.recvfrom(socket.number(), whole, Sockets.MSG_DONTWAIT | Sockets.MSG_TRUNC);
        return bytes > VnetHeader.BYTES
                && bytes <= LONGEST_BYTES
                && cutter.start(whole, 0, bytes - VnetHeader.BYTES);
    }

    /// What was received is of no use.
    void forget() {
        cutter.stop();
    }

    /// Whether a piece is left of it.
    boolean hasNext() {
        return cutter.hasNext();
    }

    /// Makes the next piece the current one.
    ///
    /// @return false when there is no place for it before the next release
    boolean next() {
        if (used == PLACES) {
            return false;
        }
        vnet = (long) used++ * PLACE_BYTES + VNET;
        frameBytes = cutter.next(pieces, vnet);
        return true;
    }

    MemorySegment segment() {
        return pieces;
    }

    long vnet() {
        return vnet;
    }

    int frameBytes() {
        return frameBytes;
    }

    /// No piece handed out so far is needed any more.
    void release() {
        used = 0;
    }

    @Override
    public void close() {
        arena.close();
    }
}
