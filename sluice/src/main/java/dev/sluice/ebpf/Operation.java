package dev.sluice.ebpf;

/// Arithmetic: `register = register operation operand`. All numbers are unsigned but for
/// [#SHIFT_RIGHT_SIGNED].
public enum Operation {
    ADD(0x00, "+="),
    SUBTRACT(0x10, "-="),
    MULTIPLY(0x20, "*="),
    DIVIDE(0x30, "/="),
    OR(0x40, "|="),
    AND(0x50, "&="),
    SHIFT_LEFT(0x60, "<<="),
    SHIFT_RIGHT(0x70, ">>="),
    MODULO(0x90, "%="),
    XOR(0xa0, "^="),
    MOVE(0xb0, "="),
    SHIFT_RIGHT_SIGNED(0xc0, "s>>=");

    private final int code;
    private final String symbol;

    Operation(int code, String symbol) {
        this.code = code;
        this.symbol = symbol;
    }

    int code() {
        return code;
    }

    @Override
    public String toString() {
        return symbol;
    }
}
