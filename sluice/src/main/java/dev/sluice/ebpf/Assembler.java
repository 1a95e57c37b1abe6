package dev.sluice.ebpf;

import dev.sluice.ebpf.Operand.Immediate;

import java.util.ArrayList;
import java.util.List;

/// Writes an eBPF program instruction by instruction.
///
///     Label pass = new Label("pass");
///     Assembler code = new Assembler();
///     code.load(WORD, R2, R1, SkBuff.PACKET_TYPE);
///     code.branch(R2, NOT_EQUAL, 0, pass);
///     ...
///     code.place(pass);
///     code.move(R0, 0);
///     code.exit();
///     Program program = code.assemble("gate");
///
/// Names that end in `32` work on the lower half of a register; the others on all of it.
public final class Assembler {

    private final List<Instruction> instructions = new ArrayList<>();

    // Arithmetic.

    public void move(Register target, Register source) {
        wide(Operation.MOVE, target, source);
    }

    public void move(Register target, int value) {
        wide(Operation.MOVE, target, new Immediate(value));
    }

    public void add(Register target, Register operand) {
        wide(Operation.ADD, target, operand);
    }

    public void add(Register target, int operand) {
        wide(Operation.ADD, target, new Immediate(operand));
    }

    public void subtract(Register target, Register operand) {
        wide(Operation.SUBTRACT, target, operand);
    }

    public void multiply(Register target, Register operand) {
        wide(Operation.MULTIPLY, target, operand);
    }

    public void and(Register target, int operand) {
        wide(Operation.AND, target, new Immediate(operand));
    }

    public void and(Register target, Register operand) {
        wide(Operation.AND, target, operand);
    }

    public void or(Register target, Register operand) {
        wide(Operation.OR, target, operand);
    }

    public void xor(Register target, Register operand) {
        wide(Operation.XOR, target, operand);
    }

    public void shiftLeft(Register target, int bits) {
        wide(Operation.SHIFT_LEFT, target, new Immediate(bits));
    }

    public void shiftRight(Register target, int bits) {
        wide(Operation.SHIFT_RIGHT, target, new Immediate(bits));
    }

    /// Copies the lower half; the upper becomes zero.
    public void move32(Register target, Register source) {
        add(new Instruction.Arithmetic(false, Operation.MOVE, target, source));
    }

    public void networkOrder(Register target, int bits) {
        add(new Instruction.NetworkOrder(target, bits));
    }

    // Constants and maps.

    /// Any 64-bit constant.
    public void loadConstant(Register target, long value) {
        add(new Instruction.LoadConstant(target, value));
    }

    public void loadMap(Register target, String map) {
        add(new Instruction.LoadMap(target, map));
    }

    public void loadMapValue(Register target, String map, int offset) {
        add(new Instruction.LoadMapValue(target, map, offset));
    }

    // Memory.

    public void load(Size size, Register target, Register base, int offset) {
        add(new Instruction.Load(size, target, base, offset));
    }

    public void store(Size size, Register base, int offset, Register value) {
        add(new Instruction.Store(size, base, offset, value));
    }

    public void store(Size size, Register base, int offset, int value) {
        add(new Instruction.Store(size, base, offset, new Immediate(value)));
    }

    public void atomicAdd(Size size, Register base, int offset, Register value) {
        add(new Instruction.AtomicAdd(size, base, offset, value));
    }

    // Control flow.

    public void jump(Label to) {
        add(new Instruction.Jump(to));
    }

    public void longJump(Label to) {
        add(new Instruction.LongJump(to));
    }

    public void branch(Register left, Condition condition, Register right, Label to) {
        add(new Instruction.Branch(true, condition, left, right, to));
    }

    public void branch(Register left, Condition condition, int right, Label to) {
        add(new Instruction.Branch(true, condition, left, new Immediate(right), to));
    }

    public void branch32(Register left, Condition condition, int right, Label to) {
        add(new Instruction.Branch(false, condition, left, new Immediate(right), to));
    }

    public void call(Helper helper) {
        add(new Instruction.Call(helper));
    }

    /// Calls a function of this program, which starts at [#function].
    public void call(Label function) {
        add(new Instruction.CallLocal(function));
    }

    public void exit() {
        add(new Instruction.Exit());
    }

    /// Puts a label before the next instruction.
    public void place(Label label) {
        add(new Instruction.Place(label));
    }

    /// Starts a function: it runs to the next one or to the end, branches stay inside it, and
    /// nothing falls into it. The program itself is the first and has no name.
    public void function(Label name) {
        add(new Instruction.Function(name));
    }

    public void add(Instruction instruction) {
        instructions.add(instruction);
    }

    /// Resolves the labels.
    ///
    /// @param name up to 15 letters, digits, `_` or `.`; the kernel shows it in its listings
    /// @throws IllegalStateException when a label is missing, placed twice, or too far away for its
    ///   branch, or a branch leaves its function: the program is wrong
    public Program assemble(String name) {
        return new Program(name, instructions);
    }

    private void wide(Operation operation, Register target, Operand operand) {
        add(new Instruction.Arithmetic(true, operation, target, operand));
    }
}
