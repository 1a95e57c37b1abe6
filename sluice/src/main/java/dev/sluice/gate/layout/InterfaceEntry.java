package dev.sluice.gate.layout;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Key and value of [Maps#INTERFACES]: the index of an interface, in the machine's order, and its
/// MAC address.
///
/// ```
///  0        4              0                 6       8
/// +--------+              +-----------------+-------+
/// | index  |      →       |   MAC address   |  0 0  |
/// +--------+              +-----------------+-------+
/// ```
public final class InterfaceEntry {

    public static final int KEY_BYTES = 4;

    public static final int MAC = 0;
    public static final int MAC_BYTES = 6;
    public static final int VALUE_BYTES = 8;

    private InterfaceEntry() {}

    public static ByteBuffer key(int index) {
        return ByteBuffer.allocate(KEY_BYTES).order(ByteOrder.nativeOrder()).putInt(0, index);
    }

    /// What is known of an interface.
    ///
    /// @param mac in the low 48 bits
    public static ByteBuffer value(long mac) {
        return ByteBuffer.allocate(VALUE_BYTES).putLong(MAC, mac << 16); // network order
    }
}
