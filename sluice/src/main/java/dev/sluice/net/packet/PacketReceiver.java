package dev.sluice.net.packet;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Receives whole frames of one interface by `recvmmsg`, a batch at a time, into buffers of its
/// own.
///
/// The other way beside [PacketRing]: a system call for each batch and the copy on the worker's
/// side, but always into the same few buffers, which stay in the cache.
///
/// Belongs to one thread.
public final class PacketReceiver implements FrameSource, AutoCloseable {

    private static final int BATCH = 64;
    private static final int SLOT_BYTES = (1 << 16) + 192;

    /// Puts the IP header, 24 bytes further on, on a 16-byte boundary.
    private static final int FIRST_BYTE = 72;

    private static final int BUFFER_BYTES = 64 << 20;

    private final Descriptor socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffers;
    private final MessageVector messages = new MessageVector(arena, BATCH, false);
    private int received;
    private int current = -1;

    public PacketReceiver(int interfaceIndex, String name, @Nullable Fanout fanout) {
        buffers =
                MemorySegment.ofAddress(arena.allocate((long) BATCH * SLOT_BYTES, 4096).address())
                        .reinterpret((long) BATCH * SLOT_BYTES);
        for (int i = 0; i < BATCH; i++) {
            messages.buffer(
                    i,
                    buffers.address() + (long) i * SLOT_BYTES + FIRST_BYTE,
                    SLOT_BYTES - FIRST_BYTE);
        }
        socket = PacketSocket.open(name);
        try {
            LinuxException.check(
                    Kernel.setsockopt(
                            socket.number(),
                            PacketSocket.SOL_PACKET,
                            PacketSocket.PACKET_IGNORE_OUTGOING,
                            1),
                    "setsockopt PACKET_IGNORE_OUTGOING",
                    name,
                    "");
            PacketSocket.bufferBytes(
                    socket, Sockets.SO_RCVBUFFORCE, Sockets.SO_RCVBUF, BUFFER_BYTES);
            PacketSocket.bind(socket, interfaceIndex, name);
            if (fanout != null) {
                fanout.join(socket);
            }
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public boolean next() {
        if (current + 1 < received) {
            current++;
            return true;
        }
        if (received > 0) {
            // The burst is over: its buffers are in use until they are released.
            return false;
        }
        int result =
                Kernel.recvmmsg(socket.number(), messages.from(0), BATCH, Sockets.MSG_DONTWAIT);
        received = Math.max(0, result);
        current = received > 0 ? 0 : -1;
        return received > 0;
    }

    @Override
    public MemorySegment segment() {
        return buffers;
    }

    @Override
    public long vnetOffset() {
        return (long) current * SLOT_BYTES + FIRST_BYTE;
    }

    @Override
    public int frameBytes() {
        return messages.length(current) - VNET_BYTES;
    }

    @Override
    public void release() {
        // A burst may end in the middle of a batch: what is left comes with the next one.
        if (current + 1 >= received) {
            received = 0;
            current = -1;
        }
    }

    @Override
    public int descriptor() {
        return socket.number();
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
