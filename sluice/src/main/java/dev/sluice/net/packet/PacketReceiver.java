package dev.sluice.net.packet;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Receives whole frames of one interface by `recvmmsg`, a batch at a time, into buffers of its
/// own.
///
/// The other way beside [PacketRing]: a system call for each batch and the copy on the worker's
/// side, but always into the same few buffers, which stay in the cache. [PacketRing] says what that
/// means in numbers.
///
/// Belongs to one thread.
public final class PacketReceiver implements FrameSource, AutoCloseable {

    private static final int BATCH = 64;
    private static final int SLOT_BYTES = (1 << 16) + 192;

    /// What a batch may hold, so that it is still in the processor's cache when it is sent on:
    /// super-packets come sixteen at a time.
    private static final int BATCH_BYTES = 1 << 20;

    private static final int SMALLEST_BATCH = 8;

    /// Puts the IP header, 24 bytes further on, on a 16-byte boundary.
    private static final int FIRST_BYTE = 72;

    private static final int BUFFER_BYTES = 64 << 20;

    /// For about sixty super-packets.
    private static final int ENOUGH_BUFFER_BYTES = 4 << 20;

    // cmsghdr 16 (length 8, level 4, type 4), then struct tpacket_auxdata 20.
    private static final int CONTROL_BYTES = 40;
    private static final int CONTROL_DATA = 16;
    private static final int VLAN_TAG = 16;

    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT;

    private final Descriptor socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffers;
    private final MessageVector messages = new MessageVector(arena, BATCH, false);
    private final MemorySegment control = arena.allocate((long) BATCH * CONTROL_BYTES, 8);
    private int received;

    /// Frames to ask for, going by the size of the last ones.
    private int wanted = BATCH;

    /// Messages whose room for control data must be offered again.
    private int used;

    private int current = -1;
    private long vnet;
    private int frameBytes;
    private long tooLong;

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
        messages.control(control, CONTROL_BYTES);
        socket = PacketSocket.open(name);
        try {
            LinuxException.check(
                    Kernel.setsockopt(
                            socket.number(),
                            PacketSocket.SOL_PACKET,
                            PacketSocket.PACKET_AUXDATA,
                            1),
                    "setsockopt PACKET_AUXDATA",
                    name,
                    "");
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
        if (received == 0) {
            receive();
        } else if (current + 1 == received) {
            // The batch is over: its buffers are in use until they are released.
            return false;
        }
        while (current + 1 < received) {
            current++;
            if (!messages.isTruncated(current)) {
                show(current);
                return true;
            }
            tooLong++;
        }
        return false;
    }

    private void receive() {
        current = -1;
        for (int i = 0; i < used; i++) {
            messages.offerControl(i, CONTROL_BYTES);
        }
        received =
                Math.max(
                        0,
                        Kernel.recvmmsg(
                                socket.number(), messages.from(0), wanted, Sockets.MSG_DONTWAIT));
        used = received;
        if (received > 0) {
            wanted = batchFor(messages.averageLength(received));
        }
    }

    private static int batchFor(int frameBytes) {
        return Math.clamp(BATCH_BYTES / Math.max(1, frameBytes), SMALLEST_BATCH, BATCH);
    }

    private void show(int index) {
        vnet = (long) index * SLOT_BYTES + FIRST_BYTE;
        frameBytes = messages.length(index) - VNET_BYTES;
        long data = (long) index * CONTROL_BYTES + CONTROL_DATA;
        int status = control.get(U32, data);
        if (VlanTag.isIn(status)) {
            vnet = VlanTag.restore(buffers, vnet, status, control, data + VLAN_TAG);
            frameBytes += VlanTag.BYTES;
        }
    }

    @Override
    public MemorySegment segment() {
        return buffers;
    }

    @Override
    public long vnetOffset() {
        return vnet;
    }

    @Override
    public int frameBytes() {
        return frameBytes;
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
    public long takeDropped() {
        long dropped = PacketSocket.takeDropped(socket) + tooLong;
        tooLong = 0;
        return dropped;
    }

    /// Whether the system lets a socket of ours have a buffer for a burst of super-packets.
    static boolean getsRoom() {
        try (Arena arena = Arena.ofConfined();
                Descriptor probe = PacketSocket.open("buffer size")) {
            PacketSocket.bufferBytes(
                    probe, Sockets.SO_RCVBUFFORCE, Sockets.SO_RCVBUF, BUFFER_BYTES);
            MemorySegment granted = arena.allocate(U32);
            MemorySegment length = arena.allocateFrom(U32, 4);
            probe.check(
                    Kernel.getsockopt(
                            probe.number(), Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, granted, length),
                    "getsockopt SO_RCVBUF");
            return granted.get(U32, 0) >= ENOUGH_BUFFER_BYTES;
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
