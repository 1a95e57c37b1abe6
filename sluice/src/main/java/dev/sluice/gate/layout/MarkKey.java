package dev.sluice.gate.layout;

import dev.sluice.wire.Family;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The key of [Maps#MARKS], both numbers in the machine's order; families as in [EndpointKey].
///
/// ```
///  0        4          8
/// +--------+----------+
/// |  mark  |  family  |
/// +--------+----------+
/// ```
public final class MarkKey {

    public static final int MARK = 0;
    public static final int FAMILY = 4;
    public static final int BYTES = 8;

    private MarkKey() {}

    public static ByteBuffer of(Family family, int mark) {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(MARK, mark)
                .putInt(FAMILY, EndpointKey.number(family));
    }
}
