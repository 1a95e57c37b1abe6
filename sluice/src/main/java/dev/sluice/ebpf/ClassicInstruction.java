package dev.sluice.ebpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// One instruction of classic BPF, `struct sock_filter`, 8 bytes in the machine's order:
///
///     0          2        3        4                 8
///     +----------+--------+--------+-----------------+
///     |   code   |  true  | false  |        k        |
///     +----------+--------+--------+-----------------+
///
/// @param code what to do
/// @param whenTrue how many instructions a comparison that holds skips, 0–255
/// @param whenFalse how many one that does not hold skips, 0–255
/// @param k constant or address
public record ClassicInstruction(int code, int whenTrue, int whenFalse, int k) {

    public static final int BYTES = 8;

    /// A whole program as `setsockopt` and `cls_bpf` take it.
    public static byte[] bytes(List<ClassicInstruction> program) {
        ByteBuffer out = ByteBuffer.allocate(program.size() * BYTES).order(ByteOrder.nativeOrder());
        for (ClassicInstruction instruction : program) {
            out.putShort((short) instruction.code);
            out.put((byte) instruction.whenTrue);
            out.put((byte) instruction.whenFalse);
            out.putInt(instruction.k);
        }
        return out.array();
    }

    /// In the notation of `tcpdump -ddd`, one line.
    @Override
    public String toString() {
        return code + " " + whenTrue + " " + whenFalse + " " + Integer.toUnsignedString(k);
    }
}
