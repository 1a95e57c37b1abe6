package dev.sluice.lab.bench;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;
import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Sends small UDP packets in batches (`sendmmsg`), so that sending costs as little as it can.
///
/// Belongs to one thread at a time.
final class DatagramSender implements AutoCloseable {

    /// With Ethernet, IPv4 and UDP headers, 64 bytes.
    private static final int PAYLOAD_BYTES = 64 - 14 - 20 - 8;

    private static final int MAX_BATCH = 64;
    private static final int AF_INET = 2;
    private static final int ADDRESS_BYTES = 16;

    // struct mmsghdr: name 8 │ namelen 4 + 4 │ iov 8 │ iovlen 8 │ … 64 in all
    private static final int HEADER_BYTES = 64;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int VECTOR = 16;
    private static final int VECTOR_LENGTH = 24;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment headers = arena.allocate(MAX_BATCH * HEADER_BYTES, 64);
    private final List<Descriptor> sockets = new ArrayList<>();
    private int next;

    /// Opens sockets in the calling thread's namespace.
    DatagramSender(Address target, int port, int count) {
        MemorySegment payload = arena.allocate(PAYLOAD_BYTES, 8);
        MemorySegment vector = arena.allocate(16, 8);
        vector.set(ValueLayout.ADDRESS, 0, payload);
        vector.set(ValueLayout.JAVA_LONG, 8, PAYLOAD_BYTES);
        // struct sockaddr_in
        MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
        Bytes.u16(address, 2, port);
        MemorySegment.copy(
                MemorySegment.ofArray(target.bytes()), 0, address, 4, target.bytes().length);
        for (int i = 0; i < MAX_BATCH; i++) {
            long header = (long) i * HEADER_BYTES;
            headers.set(ValueLayout.ADDRESS, header + NAME, address);
            headers.set(ValueLayout.JAVA_INT, header + NAME_LENGTH, ADDRESS_BYTES);
            headers.set(ValueLayout.ADDRESS, header + VECTOR, vector);
            headers.set(ValueLayout.JAVA_LONG, header + VECTOR_LENGTH, 1);
        }
        for (int i = 0; i < count; i++) {
            sockets.add(Descriptor.socket(AF_INET, Sockets.SOCK_DGRAM, 0, "UDP to " + target));
        }
    }

    /// Sends some packets, from one port, the next one each time.
    ///
    /// @return how many the kernel took
    int send(int count) {
        int sent = 0;
        while (sent < count) {
            int batch = Math.min(MAX_BATCH, count - sent);
            int result = Kernel.sendmmsg(sockets.get(next).number(), headers, batch, 0);
            next = next + 1 == sockets.size() ? 0 : next + 1;
            LinuxException.check(result, "sendmmsg", "UDP", "");
            sent += result;
        }
        return sent;
    }

    @Override
    public void close() {
        sockets.forEach(Descriptor::close);
        arena.close();
    }
}
