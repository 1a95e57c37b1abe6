package dev.sluice.gate.layout;

import dev.sluice.wire.Address;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What the gate is told of the director: the only value of [Maps#SETTINGS]. Numbers are in the
/// machine's order, the masks laid out as addresses are in [EndpointKey].
///
/// ```
///  0              4         8                16               24             40             56
/// +--------------+---------+----------------+----------------+--------------+--------------+
/// | slow1's index | workers | steering key 0 | steering key 1 |  IPv4 mask   |  IPv6 mask   |
/// +--------------+---------+----------------+----------------+--------------+--------------+
/// ```
///
/// @param workerEnd index of the interface that captured frames are put into
/// @param mask4 what is kept of an IPv4 client's address where that steers alone
/// @param mask6 of an IPv6 client's
public record Settings(
        int workerEnd, int workers, long key0, long key1, Address mask4, Address mask6) {

    public static final int WORKER_END = 0;
    public static final int WORKERS = 4;
    public static final int KEY0 = 8;
    public static final int KEY1 = 16;
    public static final int MASK4 = 24;
    public static final int MASK6 = 40;
    public static final int BYTES = 56;

    public byte[] bytes() {
        byte[] bytes = new byte[BYTES];
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.nativeOrder())
                .putInt(WORKER_END, workerEnd)
                .putInt(WORKERS, workers)
                .putLong(KEY0, key0)
                .putLong(KEY1, key1);
        ByteBuffer.wrap(bytes) // network order
                .putLong(MASK4, mask4.high())
                .putLong(MASK4 + Long.BYTES, mask4.low())
                .putLong(MASK6, mask6.high())
                .putLong(MASK6 + Long.BYTES, mask6.low());
        return bytes;
    }
}
