package dev.sluice.gate.program;

import static dev.sluice.ebpf.Condition.EQUAL;
import static dev.sluice.ebpf.Condition.NOT_EQUAL;
import static dev.sluice.ebpf.Register.R0;
import static dev.sluice.ebpf.Register.R1;
import static dev.sluice.ebpf.Register.R10;
import static dev.sluice.ebpf.Register.R2;
import static dev.sluice.ebpf.Register.R3;
import static dev.sluice.ebpf.Register.R4;
import static dev.sluice.ebpf.Register.R5;
import static dev.sluice.ebpf.Register.R6;
import static dev.sluice.ebpf.Size.DOUBLE;
import static dev.sluice.ebpf.Size.WORD;

import dev.sluice.ebpf.Assembler;
import dev.sluice.ebpf.Helper;
import dev.sluice.ebpf.Label;
import dev.sluice.ebpf.Program;
import dev.sluice.ebpf.Register;
import dev.sluice.ebpf.Size;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.program.StackFrame.Slot;
import dev.sluice.net.bpf.BpfMap.Shape;
import dev.sluice.net.bpf.SkBuff;

/// The small steps that programs are made of: bytes of the packet to the stack and back, maps,
/// counters, the end. R6 is the context; R0 to R5 are anybody's between two steps.
///
/// Headers are read with `bpf_skb_load_bytes` into the stack and not through packet pointers: it
/// costs a few nanoseconds more and does not care whether the packet is linear.
final class PacketCode {

    static final Register CONTEXT = R6;

    private static final StackFrame COUNT_FRAME = GateFrame.FRAME.callee("count");
    private static final Slot COUNTER = COUNT_FRAME.slot("counter", Integer.BYTES);

    final Assembler code = new Assembler();

    private final Label count = new Label("count");

    /// The context comes in R1.
    void begin() {
        code.move(CONTEXT, R1);
    }

    void finish(int action) {
        code.move(R0, action);
        code.exit();
    }

    /// Ends with what the kernel says to a redirection to the interface in R1.
    void redirectIntoIngress() {
        code.move(R2, SkBuff.INTO_INGRESS);
        code.call(Helper.REDIRECT);
        code.exit();
    }

    /// The program, with the functions that its steps call.
    Program assemble(String name) {
        writeCount();
        return code.assemble(name);
    }

    // The stack.

    void load(Size size, Register target, Slot slot, int within) {
        code.load(size, target, R10, slot.at(within, size));
    }

    void store(Size size, Slot slot, int within, Register value) {
        code.store(size, R10, slot.at(within, size), value);
    }

    void store(Size size, Slot slot, int within, int value) {
        code.store(size, R10, slot.at(within, size), value);
    }

    /// Through R2.
    void copy(Size size, Slot from, int at, Slot to, int toAt) {
        load(size, R2, from, at);
        store(size, to, toAt, R2);
    }

    void address(Register target, Slot slot) {
        code.move(target, R10);
        code.add(target, slot.offset());
    }

    // The packet.

    /// Copies bytes of the packet to the beginning of a slot.
    void loadBytes(int offset, Slot to, int length, Label missing) {
        code.move(R2, offset);
        loadBytesAtR2(to, 0, length, missing);
    }

    void loadBytes(Register base, int offset, Slot to, int at, int length, Label missing) {
        code.move(R2, base);
        if (offset != 0) {
            code.add(R2, offset);
        }
        loadBytesAtR2(to, at, length, missing);
    }

    private void loadBytesAtR2(Slot to, int at, int length, Label missing) {
        code.move(R1, CONTEXT);
        code.move(R3, R10);
        code.add(R3, to.at(at, length));
        code.move(R4, length);
        code.call(Helper.SKB_LOAD_BYTES);
        code.branch(R0, NOT_EQUAL, 0, missing);
    }

    /// Writes a slot over the packet's first bytes.
    void storeAtFront(Slot from, Label failed) {
        code.move(R1, CONTEXT);
        code.move(R2, 0);
        address(R3, from);
        code.move(R4, from.bytes());
        code.move(R5, 0);
        code.call(Helper.SKB_STORE_BYTES);
        code.branch(R0, NOT_EQUAL, 0, failed);
    }

    // Maps.

    /// R0 becomes the address of the value, or 0.
    void lookup(Shape map, Slot key) {
        if (key.bytes() != map.keyBytes()) {
            throw new IllegalStateException(key + " is no key of " + map);
        }
        code.loadMap(R1, map.name());
        address(R2, key);
        code.call(Helper.MAP_LOOKUP_ELEM);
    }

    void count(Decision decision) {
        code.move(R1, decision.counter());
        code.call(count);
    }

    /// @param counter holds a [Decision#counter]
    void count(Register counter) {
        code.move(R1, counter);
        code.call(count);
    }

    /// No atomic is needed: each processor has its own value.
    private void writeCount() {
        Label none = new Label("not_counted");
        code.function(count);
        store(WORD, COUNTER, 0, R1);
        lookup(Maps.COUNTERS, COUNTER);
        code.branch(R0, EQUAL, 0, none);
        code.load(DOUBLE, R1, R0, 0);
        code.add(R1, 1);
        code.store(DOUBLE, R0, 0, R1);
        code.place(none);
        code.move(R0, 0);
        code.exit();
    }
}
