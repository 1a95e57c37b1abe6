package dev.sluice.net.packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An array of `struct mmsghdr` for `sendmmsg`, each with one `struct iovec` and one `struct
/// sockaddr_ll`, laid out once and refilled for each batch.
///
/// ```
/// mmsghdr 64: name 8 │ namelen 4 + 4 │ iov 8 │ iovlen 8 │ control 8 │ controllen 8 │ flags 4 + 4 │ msg_len 4 + 4
/// iovec 16:   base 8 │ len 8
/// ```
final class MessageVector {

    private static final int HEADER_BYTES = 64;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int VECTOR = 16;
    private static final int VECTOR_LENGTH = 24;
    private static final int IOVEC_BYTES = 16;
    private static final int ADDRESS_STRIDE = 24;

    private final MemorySegment headers;
    private final MemorySegment vectors;
    private final MemorySegment addresses;

    MessageVector(Arena arena, int count) {
        headers = arena.allocate((long) count * HEADER_BYTES, 64);
        vectors = arena.allocate((long) count * IOVEC_BYTES, 64);
        addresses = arena.allocate((long) count * ADDRESS_STRIDE, 64);
        for (int i = 0; i < count; i++) {
            long header = (long) i * HEADER_BYTES;
            headers.set(
                    ValueLayout.JAVA_LONG,
                    header + VECTOR,
                    vectors.address() + (long) i * IOVEC_BYTES);
            headers.set(ValueLayout.JAVA_LONG, header + VECTOR_LENGTH, 1);
            headers.set(
                    ValueLayout.JAVA_LONG,
                    header + NAME,
                    addresses.address() + (long) i * ADDRESS_STRIDE);
            headers.set(ValueLayout.JAVA_INT, header + NAME_LENGTH, PacketSocket.ADDRESS_BYTES);
        }
    }

    /// The messages from `first` on, for the kernel.
    MemorySegment from(int first) {
        return headers.asSlice((long) first * HEADER_BYTES);
    }

    void buffer(int index, long address, long bytes) {
        vectors.set(ValueLayout.JAVA_LONG, (long) index * IOVEC_BYTES, address);
        vectors.set(ValueLayout.JAVA_LONG, (long) index * IOVEC_BYTES + 8, bytes);
    }

    void destination(int index, int interfaceIndex, int etherType) {
        PacketSocket.writeAddress(
                addresses, (long) index * ADDRESS_STRIDE, interfaceIndex, etherType);
    }
}
