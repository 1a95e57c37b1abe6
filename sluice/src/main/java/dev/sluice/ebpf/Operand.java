package dev.sluice.ebpf;

/// The right side of an arithmetic or comparing instruction.
public sealed interface Operand permits Register, Operand.Immediate {

    /// A constant in the instruction. 64-bit instructions extend its sign.
    record Immediate(int value) implements Operand {
        @Override
        public String toString() {
            return Integer.toString(value);
        }
    }
}
