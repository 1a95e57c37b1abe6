package dev.sluice.net.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/// One call of bpf(2): a command and its `union bpf_attr`, filled field by field. Offsets are those
/// of `include/uapi/linux/bpf.h`; whoever fills a field says which one it is.
final class BpfCall implements AutoCloseable {

    /// Commands (`enum bpf_cmd`).
    enum Command {
        MAP_CREATE(0),
        MAP_LOOKUP_ELEM(1),
        MAP_UPDATE_ELEM(2),
        MAP_DELETE_ELEM(3),
        MAP_GET_NEXT_KEY(4),
        PROG_LOAD(5),
        OBJ_PIN(6),
        OBJ_GET(7),
        PROG_TEST_RUN(10),
        OBJ_GET_INFO_BY_FD(15),
        PROG_QUERY(16),
        MAP_LOOKUP_BATCH(24),
        MAP_UPDATE_BATCH(26),
        MAP_DELETE_BATCH(27),
        LINK_CREATE(28),
        LINK_UPDATE(29),
        LINK_DETACH(34);

        private final int number;

        Command(int number) {
            this.number = number;
        }
    }

    /// The kernel takes a longer union than it knows as long as the rest is zero.
    private static final int ATTRIBUTE_BYTES = 128;

    private static final String HINT =
            "bpf(2) takes CAP_BPF and CAP_NET_ADMIN; without them there is direct mode";

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment attributes = arena.allocate(ATTRIBUTE_BYTES, 8);
    private final Command command;

    BpfCall(Command command) {
        this.command = command;
    }

    BpfCall u32(int offset, int value) {
        attributes.set(JAVA_INT, offset, value);
        return this;
    }

    BpfCall u64(int offset, long value) {
        attributes.set(JAVA_LONG, offset, value);
        return this;
    }

    /// Copies bytes to native memory, which lives as long as this call, and stores its address.
    BpfCall bytes(int offset, byte[] bytes) {
        MemorySegment copy = arena.allocate(Math.max(1, bytes.length), 8);
        MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, bytes.length);
        return u64(offset, copy.address());
    }

    BpfCall text(int offset, String text) {
        return u64(offset, arena.allocateFrom(text).address());
    }

    /// Memory for an answer, at least one byte; its address is stored.
    MemorySegment buffer(int offset, long bytes) {
        MemorySegment buffer = arena.allocate(Math.max(1, bytes), 8);
        u64(offset, buffer.address());
        return buffer;
    }

    /// A name of up to 15 bytes in the union itself.
    BpfCall name(int offset, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, attributes, JAVA_BYTE, offset, Math.min(bytes.length, 15));
        return this;
    }

    /// A field after the call.
    int u32(int offset) {
        return attributes.get(JAVA_INT, offset);
    }

    /// What the kernel answers: a result, or an errno as a negative number.
    int attempt() {
        return Kernel.bpf(command.number, attributes);
    }

    /// @throws LinuxException when the kernel refuses
    int on(String object) {
        return LinuxException.check(attempt(), name(), object, HINT);
    }

    /// For messages: `bpf MAP_CREATE`.
    String name() {
        return "bpf " + command;
    }

    @Override
    public void close() {
        arena.close();
    }
}
