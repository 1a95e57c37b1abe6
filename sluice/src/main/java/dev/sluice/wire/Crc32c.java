package dev.sluice.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// CRC32c (Castagnoli), the checksum of SCTP: RFC 9260 appendix A.
///
/// `java.util.zip.CRC32C` wants a byte buffer made for each packet, so the tables are here: eight
/// bytes a step, one table for each of them ("slicing by 8").
public final class Crc32c {

    /// The polynomial 0x1edc6f41, bits reversed.
    private static final int POLYNOMIAL = 0x82f6_3b78;

    /// `TABLES[k][b]`: the remainder of byte `b` followed by `k` zero bytes.
    private static final int[][] TABLES = tables();

    private static final ValueLayout.OfLong LITTLE_U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Crc32c() {}

    public static int of(MemorySegment frame, long offset, int length) {
        int crc = -1;
        long at = offset;
        long end = offset + length;
        for (; at + 8 <= end; at += 8) {
            long word = frame.get(LITTLE_U64, at) ^ crc & 0xffff_ffffL;
            crc =
                    TABLES[7][(int) word & 0xff]
                            ^ TABLES[6][(int) (word >>> 8) & 0xff]
                            ^ TABLES[5][(int) (word >>> 16) & 0xff]
                            ^ TABLES[4][(int) (word >>> 24) & 0xff]
                            ^ TABLES[3][(int) (word >>> 32) & 0xff]
                            ^ TABLES[2][(int) (word >>> 40) & 0xff]
                            ^ TABLES[1][(int) (word >>> 48) & 0xff]
                            ^ TABLES[0][(int) (word >>> 56)];
        }
        for (; at < end; at++) {
            crc = crc >>> 8 ^ TABLES[0][(crc ^ Bytes.u8(frame, at)) & 0xff];
        }
        return ~crc;
    }

    private static int[][] tables() {
        int[][] tables = new int[8][256];
        for (int value = 0; value < 256; value++) {
            int remainder = value;
            for (int bit = 0; bit < 8; bit++) {
                remainder = remainder >>> 1 ^ ((remainder & 1) != 0 ? POLYNOMIAL : 0);
            }
            tables[0][value] = remainder;
        }
        for (int k = 1; k < 8; k++) {
            for (int value = 0; value < 256; value++) {
                int before = tables[k - 1][value];
                tables[k][value] = before >>> 8 ^ tables[0][before & 0xff];
            }
        }
        return tables;
    }
}
