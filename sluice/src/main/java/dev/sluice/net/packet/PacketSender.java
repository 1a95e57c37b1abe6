package dev.sluice.net.packet;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.Sockets;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/// Sends frames out of any interface, up to [#BATCH] with one `sendmmsg`, straight from the memory
/// they were received into.
///
/// Not a PACKET_TX_RING: its slots are handed to the network without a copy, and a veth device
/// declares them free while the receiver still reads them.
///
/// Belongs to one thread.
public final class PacketSender implements FrameSink, AutoCloseable {

    /// Frames sent with one call: enough to share it, few enough to stay in the processor's cache.
    public static final int BATCH = 64;

    /// Room for several bursts of super-packets on their way.
    private static final int BUFFER_BYTES = 64 << 20;

    private final Descriptor socket;
    private final Arena arena = Arena.ofShared();
    private final MessageVector messages = new MessageVector(arena, BATCH);
    private int filled;
    private final AtomicLong refused = new AtomicLong();

    /// @param mark what SO_MARK the frames carry, 0 for none
    public PacketSender(String name, int mark) {
        socket = PacketSocket.open(name);
        PacketSocket.bufferBytes(socket, Sockets.SO_SNDBUFFORCE, Sockets.SO_SNDBUF, BUFFER_BYTES);
        if (mark != 0) {
            socket.check(
                    Kernel.setsockopt(socket.number(), Sockets.SOL_SOCKET, Sockets.SO_MARK, mark),
                    "setsockopt SO_MARK");
        }
    }

    @Override
    public void send(
            MemorySegment segment, long vnet, int frameBytes, int interfaceIndex, int etherType) {
        if (filled == BATCH) {
            flush();
        }
        messages.buffer(filled, segment.address() + vnet, VnetHeader.BYTES + frameBytes);
        messages.destination(filled, interfaceIndex, etherType);
        filled++;
    }

    @Override
    public void flush() {
        int next = 0;
        while (next < filled) {
            int result =
                    Kernel.sendmmsg(
                            socket.number(),
                            messages.from(next),
                            filled - next,
                            Sockets.MSG_DONTWAIT);
            if (result > 0) {
                next += result;
            } else if (result != -Errno.EINTR) {
                // The first message is the one that failed: the interface is down or full. The
                // others have no part in that.
                next++;
                refused.incrementAndGet();
            }
        }
        filled = 0;
    }

    @Override
    public long refused() {
        return refused.get();
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
