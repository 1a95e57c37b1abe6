package dev.sluice.net.packet;

import dev.sluice.net.linux.Sockets;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An array of `struct mmsghdr`, each with one `struct iovec` and, for sending, one `struct
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
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int LENGTH = 56;
    private static final int IOVEC_BYTES = 16;
    private static final int ADDRESS_STRIDE = 24;

    private final MemorySegment headers;
    private final MemorySegment vectors;
    private final MemorySegment addresses;

    MessageVector(Arena arena, int count, boolean withAddresses) {
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
            if (withAddresses) {
                headers.set(
                        ValueLayout.JAVA_LONG,
                        header + NAME,
                        addresses.address() + (long) i * ADDRESS_STRIDE);
                headers.set(ValueLayout.JAVA_INT, header + NAME_LENGTH, PacketSocket.ADDRESS_BYTES);
            }
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

    /// Gives each message room for what the kernel says beside the frame.
    void control(MemorySegment memory, int stride) {
        for (int i = 0; i < memory.byteSize() / stride; i++) {
            headers.set(
                    ValueLayout.JAVA_LONG,
                    (long) i * HEADER_BYTES + CONTROL,
                    memory.address() + (long) i * stride);
            offerControl(i, stride);
        }
    }

    /// To be said again after each reception: the kernel writes what it used.
    void offerControl(int index, int bytes) {
        headers.set(ValueLayout.JAVA_LONG, (long) index * HEADER_BYTES + CONTROL_LENGTH, bytes);
    }

    /// Whether the kernel had more to say than the frame's buffer holds.
    boolean isTruncated(int index) {
        return (headers.get(ValueLayout.JAVA_INT, (long) index * HEADER_BYTES + FLAGS)
                        & Sockets.MSG_TRUNC)
                != 0;
    }

    /// What the kernel received into a message.
    int length(int index) {
        return headers.get(ValueLayout.JAVA_INT, (long) index * HEADER_BYTES + LENGTH);
    }

    /// Of the first `count` messages, which are at least one.
    int averageLength(int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += length(i);
        }
        return (int) (sum / count);
    }
}
