package dev.sluice.net.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sluice.net.bpf.BpfCall.Command;
import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Flags;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A map that eBPF programs and Java share. Keys and values are bytes in the layout the programs
/// use; numbers in them are in the machine's order unless the owner says otherwise.
///
/// Any thread may use it; single entries are read and written in one piece by the kernel.
public final class BpfMap implements AutoCloseable {

    /// Kinds of maps (`enum bpf_map_type`): those Sluice uses.
    public enum Kind {
        HASH(1),
        ARRAY(2),
        /// A value for each processor; [#lookup] shows them side by side, each padded to 8 bytes.
        PER_CPU_ARRAY(6);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    /// What a map is made of.
    ///
    /// @param name up to 15 letters, digits, `_` or `.`
    /// @param mappable an array whose memory Java can map with [#memory]
    public record Shape(
            String name,
            Kind kind,
            int keyBytes,
            int valueBytes,
            int maximumEntries,
            boolean mappable) {

        public static Shape hash(String name, int keyBytes, int valueBytes, int maximumEntries) {
            return new Shape(name, Kind.HASH, keyBytes, valueBytes, maximumEntries, false);
        }

        public static Shape array(String name, int valueBytes, int entries) {
            return new Shape(name, Kind.ARRAY, Integer.BYTES, valueBytes, entries, false);
        }

        /// Values start at multiples of 8 bytes.
        public static Shape mappedArray(String name, int valueBytes, int entries) {
            return new Shape(name, Kind.ARRAY, Integer.BYTES, valueBytes, entries, true);
        }

        public static Shape perCpuArray(String name, int valueBytes, int entries) {
            return new Shape(name, Kind.PER_CPU_ARRAY, Integer.BYTES, valueBytes, entries, false);
        }

        /// Hash entries take memory only when they exist (`BPF_F_NO_PREALLOC`); what a program
        /// looks up it never adds, so nothing allocates on the packet path.
        private int flags() {
            return (kind == Kind.HASH ? NO_PREALLOCATION : 0) | (mappable ? MAPPABLE : 0);
        }
    }

    private static final int NO_PREALLOCATION = 1;
    private static final int MAPPABLE = 1 << 10;

    // struct bpf_map_info
    private static final int INFO_BYTES = 88;
    private static final int INFO_KIND = 0;
    private static final int INFO_KEY_BYTES = 8;
    private static final int INFO_VALUE_BYTES = 12;
    private static final int INFO_MAXIMUM_ENTRIES = 16;
    private static final int INFO_FLAGS = 20;

    /// How many entries one batch call writes.
    private static final int BATCH = 1024;

    private final Descriptor descriptor;
    private final Shape shape;

    private BpfMap(Descriptor descriptor, Shape shape) {
        this.descriptor = descriptor;
        this.shape = shape;
    }

    public static BpfMap create(Shape shape) {
        try (BpfCall call = new BpfCall(Command.MAP_CREATE)) {
            call.u32(0, shape.kind.number) // map_type
                    .u32(4, shape.keyBytes) // key_size
                    .u32(8, shape.valueBytes) // value_size
                    .u32(12, shape.maximumEntries) // max_entries
                    .u32(16, shape.flags()) // map_flags
                    .name(28, shape.name); // map_name
            int fd = call.on("map " + shape.name);
            return new BpfMap(Descriptor.of(fd, call.name(), "map " + shape.name, ""), shape);
        }
    }

    /// Takes over a map that is pinned.
    ///
    /// @return null when the path does not exist, or is a map of another shape (made by another
    ///   version of Sluice)
    public static @Nullable BpfMap open(String path, Shape shape) {
        Descriptor descriptor = BpfFileSystem.get(path);
        if (descriptor == null) {
            return null;
        }
        BpfMap map = new BpfMap(descriptor, shape);
        if (map.hasItsShape()) {
            return map;
        }
        map.close();
        return null;
    }

    public Shape shape() {
        return shape;
    }

    /// The descriptor, for programs that refer to the map.
    public int number() {
        return descriptor.number();
    }

    /// The value, or null.
    public byte @Nullable [] lookup(byte[] key) {
        try (BpfCall call = elementCall(Command.MAP_LOOKUP_ELEM, key)) {
            MemorySegment value = call.buffer(16, valueBytes());
            int result = call.attempt();
            if (result == -Errno.ENOENT) {
                return null;
            }
            descriptor.check(result, call.name());
            return value.toArray(JAVA_BYTE);
        }
    }

    /// Adds or replaces. Of a per-CPU map, the value is that of all processors, as [#lookup] shows.
    public void update(byte[] key, byte[] value) {
        if (value.length != valueBytes()) {
            throw new IllegalArgumentException(shape + " does not hold " + value.length + " bytes");
        }
        try (BpfCall call = elementCall(Command.MAP_UPDATE_ELEM, key)) {
            check(call.bytes(16, value).attempt(), call);
        }
    }

    /// Adds or replaces many, up to [#BATCH] with one system call. Not atomic as a whole.
    public void updateAll(Map<ByteBuffer, ByteBuffer> entries) {
        List<Map.Entry<ByteBuffer, ByteBuffer>> all = List.copyOf(entries.entrySet());
        for (int from = 0; from < all.size(); from += BATCH) {
            updateBatch(all.subList(from, Math.min(from + BATCH, all.size())));
        }
    }

    /// Whether there was such an entry.
    public boolean delete(byte[] key) {
        try (BpfCall call = elementCall(Command.MAP_DELETE_ELEM, key)) {
            int result = call.attempt();
            if (result == -Errno.ENOENT) {
                return false;
            }
            descriptor.check(result, call.name());
            return true;
        }
    }

    /// All keys at some moment between the call and its return, if nobody else writes meanwhile.
    public List<byte[]> keys() {
        List<byte[]> keys = new ArrayList<>();
        byte[] key = nextKey(null);
        while (key != null && keys.size() <= shape.maximumEntries) {
            keys.add(key);
            key = nextKey(key);
        }
        return keys;
    }

    /// The memory of a mappable array, shared with the kernel and its programs, until the arena is
    /// closed.
    public MemorySegment memory(Arena arena) {
        long page = 4096;
        long bytes = (arrayStride() * shape.maximumEntries + page - 1) / page * page;
        long address =
                Kernel.mmap(
                        bytes, Flags.PROT_READ | Flags.PROT_WRITE, Flags.MAP_SHARED, number(), 0);
        if (address < 0) {
            throw new LinuxException("mmap", descriptor.toString(), (int) -address, "");
        }
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, mapping -> Kernel.munmap(mapping.address(), bytes))
                .asSlice(0, arrayStride() * shape.maximumEntries);
    }

    /// The sum over all processors of the 64-bit value at an index of a per-CPU array.
    public long sum(int index) {
        byte[] values = lookup(key(index));
        if (values == null) {
            throw new IndexOutOfBoundsException(index);
        }
        ByteBuffer buffer = ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
        long sum = 0;
        while (buffer.hasRemaining()) {
            sum += buffer.getLong();
        }
        return sum;
    }

    /// The key of an array's element.
    public static byte[] key(int index) {
        return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(index).array();
    }

    /// Gives it a name on the bpf file system, which keeps it alive without us.
    public void pin(String path) {
        BpfFileSystem.pin(descriptor, path);
    }

    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return descriptor.toString();
    }

    private void updateBatch(List<Map.Entry<ByteBuffer, ByteBuffer>> entries) {
        try (BpfCall call = new BpfCall(Command.MAP_UPDATE_BATCH)) {
            MemorySegment keys = call.buffer(16, (long) shape.keyBytes * entries.size());
            MemorySegment values = call.buffer(24, (long) valueBytes() * entries.size());
            for (int i = 0; i < entries.size(); i++) {
                keys.asSlice((long) i * shape.keyBytes, shape.keyBytes)
                        .copyFrom(MemorySegment.ofBuffer(entries.get(i).getKey()));
                values.asSlice((long) i * valueBytes(), valueBytes())
                        .copyFrom(MemorySegment.ofBuffer(entries.get(i).getValue()));
            }
            call.u32(32, entries.size()).u32(36, number()); // count, map_fd
            check(call.attempt(), call);
        }
    }

    private byte @Nullable [] nextKey(byte @Nullable [] key) {
        try (BpfCall call = new BpfCall(Command.MAP_GET_NEXT_KEY)) {
            call.u32(0, number());
            if (key != null) {
                call.bytes(8, key);
            }
            MemorySegment next = call.buffer(16, shape.keyBytes);
            int result = call.attempt();
            if (result == -Errno.ENOENT) {
                return null;
            }
            descriptor.check(result, call.name());
            return next.toArray(JAVA_BYTE);
        }
    }

    private BpfCall elementCall(Command command, byte[] key) {
        if (key.length != shape.keyBytes) {
            throw new IllegalArgumentException(shape + " has no keys of " + key.length + " bytes");
        }
        return new BpfCall(command).u32(0, number()).bytes(8, key); // map_fd, key
    }

    private void check(int result, BpfCall call) {
        String hint =
                result == -Errno.E2BIG ? "the map holds " + shape.maximumEntries + " entries" : "";
        LinuxException.check(result, call.name(), descriptor.toString(), hint);
    }

    private int valueBytes() {
        return shape.kind == Kind.PER_CPU_ARRAY
                ? (shape.valueBytes + 7) / 8 * 8 * Processors.possible()
                : shape.valueBytes;
    }

    private long arrayStride() {
        return (shape.valueBytes + 7L) / 8 * 8;
    }

    private boolean hasItsShape() {
        try (BpfCall call = new BpfCall(Command.OBJ_GET_INFO_BY_FD)) {
            call.u32(0, number()).u32(4, INFO_BYTES); // bpf_fd, info_len
            MemorySegment info = call.buffer(8, INFO_BYTES);
            return call.attempt() == 0
                    && info.get(JAVA_INT, INFO_KIND) == shape.kind.number
                    && info.get(JAVA_INT, INFO_KEY_BYTES) == shape.keyBytes
                    && info.get(JAVA_INT, INFO_VALUE_BYTES) == shape.valueBytes
                    && info.get(JAVA_INT, INFO_MAXIMUM_ENTRIES) == shape.maximumEntries
                    && info.get(JAVA_INT, INFO_FLAGS) == shape.flags();
        }
    }
}
