package dev.sluice.lab;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;
import dev.sluice.wire.Bytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Whole frames that come in, one by one: enough to watch which way a packet takes. The director's
/// own rings are elsewhere and much faster.
final class LinkSocket implements AutoCloseable {

    // linux/if_packet.h, linux/if_ether.h
    private static final int ETH_P_ALL = 0x0003;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final int SO_RCVTIMEO = 20;

    private static final int SOCKADDR_LL_BYTES = 20;
    private static final int MAX_FRAME_BYTES = 2048;
    private static final int WAIT_MICROS = 20_000;

    private final Descriptor socket;
    private final List<byte[]> frames = new CopyOnWriteArrayList<>();
    private final Thread reader;
    private volatile boolean closing;

    /// Opens a socket that notes every frame coming in at an interface.
    ///
    /// @param interfaceIndex the interface, or 0 for all of the host's
    LinkSocket(Host host, int interfaceIndex) {
        socket = host.run(() -> open(interfaceIndex));
        reader = Thread.ofPlatform().daemon().name("frames-" + host.name()).start(this::read);
    }

    private static Descriptor open(int interfaceIndex) {
        Descriptor socket = Descriptor.socket(Sockets.AF_PACKET, Sockets.SOCK_RAW, 0, "AF_PACKET");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment wait = arena.allocate(16, 8);
            wait.set(JAVA_LONG, 8, WAIT_MICROS);
            socket.check(
                    Kernel.setsockopt(socket.number(), Sockets.SOL_SOCKET, SO_RCVTIMEO, wait),
                    "setsockopt SO_RCVTIMEO");
            socket.check(
                    Kernel.setsockopt(socket.number(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1),
                    "setsockopt PACKET_IGNORE_OUTGOING");
            MemorySegment address = arena.allocate(SOCKADDR_LL_BYTES, 4);
            address.set(JAVA_SHORT, 0, (short) Sockets.AF_PACKET);
            Bytes.u16(address, 2, ETH_P_ALL);
            address.set(JAVA_INT, 4, interfaceIndex);
            socket.check(Kernel.bind(socket.number(), address), "bind");
            return socket;
        } catch (LinuxException failure) {
            socket.close();
            throw failure;
        }
    }

    private void read() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(MAX_FRAME_BYTES, 8);
            while (!closing) {
                int length = Kernel.recvfrom(socket.number(), frame, 0);
                if (length > 0) {
                    byte[] bytes = new byte[length];
                    MemorySegment.copy(frame, 0, MemorySegment.ofArray(bytes), 0, length);
                    frames.add(bytes);
                } else if (length != -Errno.EAGAIN && length != -Errno.EINTR) {
                    return;
                }
            }
        }
    }

    /// The frames that came in so far, in their order, each cut at 2 KB.
    List<MemorySegment> frames() {
        return frames.stream()
                .map(bytes -> MemorySegment.ofArray(Arrays.copyOf(bytes, bytes.length)))
                .toList();
    }

    @Override
    public void close() {
        closing = true;
        try {
            reader.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        socket.close();
    }
}
