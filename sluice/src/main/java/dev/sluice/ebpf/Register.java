package dev.sluice.ebpf;

/// The registers of an eBPF program, 64 bits each.
public enum Register implements Operand {
    /// What a call answered, and what the program returns.
    R0,
    /// First argument of calls; holds the context when the program starts. A call destroys R1–R5.
    R1,
    R2,
    R3,
    R4,
    R5,
    /// R6–R9 survive calls.
    R6,
    R7,
    R8,
    R9,
    /// The frame pointer, read-only: 512 bytes of stack lie below it.
    R10;

    @Override
    public String toString() {
        return "r" + ordinal();
    }
}
