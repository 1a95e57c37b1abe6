package dev.sluice.ebpf;

/// One eBPF instruction (RFC 9669). Each fills one slot of 8 bytes, the two that carry 64 bits fill
/// two:
///
///     63                    32 31        16 15  12 11   8 7             0
///     +-----------------------+------------+------+------+--------------+
///     |       immediate       |   offset   | src  | dst  |    opcode    |
///     +-----------------------+------------+------+------+--------------+
///
///     opcode of arithmetic and branches       opcode of loads and stores
///      7            4  3   2         0         7      5 4    3 2         0
///     +--------------+---+-----------+        +--------+------+-----------+
///     |  operation   | X |   class   |        |  mode  | size |   class   |
///     +--------------+---+-----------+        +--------+------+-----------+
///       X: the operand is a register            mode: 0 immediate, 3 memory, 6 atomic
///
///     class: 0 LD, 1 LDX, 2 ST, 3 STX, 4 ALU (32 bits), 5 JMP, 6 JMP32, 7 ALU64
public sealed interface Instruction {

    /// How many 8-byte slots it fills; branches count in slots.
    default int slots() {
        return 1;
    }

    /// `target = target operation operand`.
    ///
    /// @param wide on all 64 bits; otherwise on the lower 32, and the upper ones become zero
    record Arithmetic(boolean wide, Operation operation, Register target, Operand operand)
            implements Instruction {}

    /// Turns the lower `bits` (16, 32 or 64) of a register from network order into a number, or
    /// back; the bits above become zero.
    record NetworkOrder(Register target, int bits) implements Instruction {}

    /// Any 64-bit constant.
    record LoadConstant(Register target, long value) implements Instruction {
        @Override
        public int slots() {
            return 2;
        }
    }

    /// A map by name, resolved to its descriptor when the program is loaded.
    record LoadMap(Register target, String map) implements Instruction {
        @Override
        public int slots() {
            return 2;
        }
    }

    /// The address of an array map's first value plus `offset`: memory without a look-up.
    record LoadMapValue(Register target, String map, int offset) implements Instruction {
        @Override
        public int slots() {
            return 2;
        }
    }

    /// `target = memory[base + offset]`.
    record Load(Size size, Register target, Register base, int offset) implements Instruction {}

    /// `memory[base + offset] = value`.
    record Store(Size size, Register base, int offset, Operand value) implements Instruction {}

    /// `memory[base + offset] += value` in one step; words and doubles only.
    record AtomicAdd(Size size, Register base, int offset, Register value) implements Instruction {}

    /// Goes to the label always.
    record Jump(Label to) implements Instruction {}

    /// Goes to the label always, however far it is (Linux 6.6): the distance is in the immediate.
    record LongJump(Label to) implements Instruction {}

    /// Goes to the label when `left condition right` holds.
    ///
    /// @param wide compares all 64 bits; otherwise the lower 32
    record Branch(boolean wide, Condition condition, Register left, Operand right, Label to)
            implements Instruction {}

    /// Calls a function of the kernel.
    record Call(Helper helper) implements Instruction {}

    /// Calls a function of this program: arguments in R1–R5, the answer in R0. R6–R9 are the
    /// caller's again afterwards; the function has a stack of its own below the caller's (512 bytes
    /// for all that are active), and R10 points to its top.
    record CallLocal(Label function) implements Instruction {}

    /// Returns R0.
    record Exit() implements Instruction {}

    /// Where a label is. No instruction at all.
    record Place(Label label) implements Instruction {
        @Override
        public int slots() {
            return 0;
        }
    }

    /// Where a function starts, and what stands before it ends. No instruction at all.
    record Function(Label label) implements Instruction {
        @Override
        public int slots() {
            return 0;
        }
    }
}
