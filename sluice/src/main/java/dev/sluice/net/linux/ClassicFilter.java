package dev.sluice.net.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// A classic BPF program (`linux/filter.h`), for socket filters, fanout groups and cls_bpf; what a
/// user namespace may load where bpf(2) is refused.
///
/// ```java
/// ClassicFilter ipv4 = ClassicFilter.of(p -> p
///         .loadHalf(12)
///         .jumpIfEqual(0x0800, "match", "miss")
///         .label("match").answer(-1)
///         .label("miss").answer(0));
/// ```
///
/// An instruction is 8 bytes: `code` 16, `jumpTrue` 8, `jumpFalse` 8, `k` 32. Jumps only go
/// forward.
public final class ClassicFilter {

    /// Add to an offset to count from the link header, wherever the packet's data begin.
    public static final int LINK_LAYER = -0x200000;

    /// Add to an offset to count from the network header.
    public static final int NETWORK_LAYER = -0x100000;

    /// Offsets that [Builder#loadWord] reads facts about the packet from (SKF_AD_OFF).
    public static final int ETHERTYPE = -0x1000;

    public static final int PACKET_TYPE = -0x1000 + 4;
    public static final int INTERFACE = -0x1000 + 8;
    public static final int MARK = -0x1000 + 20;
    public static final int VLAN_TCI = -0x1000 + 44;
    public static final int VLAN_PRESENT = -0x1000 + 48;

    private static final int INSTRUCTION_BYTES = 8;
    private static final int LIMIT = 4096; // BPF_MAXINSNS

    private final long[] instructions;

    private ClassicFilter(long[] instructions) {
        this.instructions = instructions;
    }

    public static ClassicFilter of(Consumer<Builder> program) {
        Builder builder = new Builder();
        program.accept(builder);
        return builder.build();
    }

    public int length() {
        return instructions.length;
    }

    /// The instructions as the kernel reads them: `struct sock_filter[]`.
    public byte[] bytes() {
        byte[] bytes = new byte[instructions.length * INSTRUCTION_BYTES];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        for (int i = 0; i < instructions.length; i++) {
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, instructions[i]);
        }
        return bytes;
    }

    /// A `struct sock_fprog` that points to a copy of the instructions.
    public MemorySegment program(SegmentAllocator allocator) {
        MemorySegment copy = allocator.allocateFrom(ValueLayout.JAVA_LONG, instructions);
        MemorySegment program = allocator.allocate(16, 8);
        program.set(ValueLayout.JAVA_SHORT, 0, (short) instructions.length);
        program.set(ValueLayout.ADDRESS, 8, copy);
        return program;
    }

    /// Collects instructions; `A` is the accumulator, `X` the index register.
    public static final class Builder {

        private record Draft(int code, int k, String whenTrue, String whenFalse) {}

        private static final String NEXT = "";

        private final List<Draft> drafts = new ArrayList<>();
        private final Map<String, Integer> labels = new HashMap<>();

        private Builder() {}

        /// A = the 32 bits at an offset.
        public Builder loadWord(int offset) {
            return add(0x20, offset);
        }

        public Builder loadHalf(int offset) {
            return add(0x28, offset);
        }

        public Builder loadByte(int offset) {
            return add(0x30, offset);
        }

        /// A = the 32 bits at X + offset.
        public Builder loadWordAtX(int offset) {
            return add(0x40, offset);
        }

        public Builder loadHalfAtX(int offset) {
            return add(0x48, offset);
        }

        public Builder loadByteAtX(int offset) {
            return add(0x50, offset);
        }

        /// X = the length in bytes of the IPv4 header at an offset: 4 × its low nibble.
        public Builder loadXWithIpv4HeaderBytes(int offset) {
            return add(0xb1, offset);
        }

        public Builder and(int value) {
            return add(0x54, value);
        }

        public Builder add(int value) {
            return add(0x04, value);
        }

        public Builder shiftRight(int bits) {
            return add(0x74, bits);
        }

        public Builder moveAToX() {
            return add(0x07, 0);
        }

        public Builder jump(String label) {
            drafts.add(new Draft(0x05, 0, label, NEXT));
            return this;
        }

        /// Compares A unsigned. An empty label is the next instruction.
        public Builder jumpIfEqual(int value, String whenTrue, String whenFalse) {
            drafts.add(new Draft(0x15, value, whenTrue, whenFalse));
            return this;
        }

        public Builder jumpIfGreater(int value, String whenTrue, String whenFalse) {
            drafts.add(new Draft(0x25, value, whenTrue, whenFalse));
            return this;
        }

        public Builder jumpIfAtLeast(int value, String whenTrue, String whenFalse) {
            drafts.add(new Draft(0x35, value, whenTrue, whenFalse));
            return this;
        }

        /// True when A and the value have a bit in common.
        public Builder jumpIfAnyBit(int value, String whenTrue, String whenFalse) {
            drafts.add(new Draft(0x45, value, whenTrue, whenFalse));
            return this;
        }

        public Builder label(String name) {
            if (labels.put(name, drafts.size()) != null) {
                throw new IllegalArgumentException("two labels are named " + name);
            }
            return this;
        }

        /// Ends with a number: bytes to keep for a socket, ring for a fanout group, -1 or 0 (match
        /// or not) for cls_bpf.
        public Builder answer(int value) {
            return add(0x06, value);
        }

        public Builder answerA() {
            return add(0x16, 0);
        }

        private Builder add(int code, int k) {
            drafts.add(new Draft(code, k, NEXT, NEXT));
            return this;
        }

        private ClassicFilter build() {
            if (drafts.isEmpty() || drafts.size() > LIMIT) {
                throw new IllegalArgumentException(
                        "a program has 1 to " + LIMIT + " instructions, not " + drafts.size());
            }
            long[] instructions = new long[drafts.size()];
            for (int i = 0; i < instructions.length; i++) {
                Draft draft = drafts.get(i);
                int whenTrue = distance(i, draft.whenTrue);
                int whenFalse = distance(i, draft.whenFalse);
                boolean always = draft.code == 0x05;
                int k = always ? whenTrue : draft.k;
                if (!always && (whenTrue > 255 || whenFalse > 255)) {
                    throw new IllegalArgumentException("a conditional jump reaches 255 far");
                }
                instructions[i] =
                        draft.code
                                | (always ? 0L : (long) whenTrue << 16 | (long) whenFalse << 24)
                                | (long) k << 32;
            }
            return new ClassicFilter(instructions);
        }

        private int distance(int from, String label) {
            if (label.equals(NEXT)) {
                return 0;
            }
            Integer target = labels.get(label);
            if (target == null || target <= from || target >= drafts.size()) {
                throw new IllegalArgumentException("no instruction ahead is labelled " + label);
            }
            return target - from - 1;
        }
    }
}
