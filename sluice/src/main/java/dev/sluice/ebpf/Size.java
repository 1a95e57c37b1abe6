package dev.sluice.ebpf;

/// How many bytes a load or store moves. Loads fill the rest of the register with zeros.
public enum Size {
    BYTE(1, 0x10),
    HALF(2, 0x08),
    WORD(4, 0x00),
    DOUBLE(8, 0x18);

    private final int bytes;
    private final int code;

    Size(int bytes, int code) {
        this.bytes = bytes;
        this.code = code;
    }

    public int bytes() {
        return bytes;
    }

    int code() {
        return code;
    }

    @Override
    public String toString() {
        return "u" + 8 * bytes;
    }
}
