package dev.sluice.director.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SipHashTest {

    /// ipvs.md §5.12: keys of the kernel's Maglev scheduler, message of four bytes.
    @Test
    void fourByteMessagesHashAsInTheKernel() {
        assertThat(kernel(2_654_435_761L, 0)).isEqualTo(492_468_162L);
        assertThat(kernel(2_654_435_761L, 1)).isEqualTo(384_591_538L);
        assertThat(kernel(2_654_446_892L, 0)).isEqualTo(4_169_286_463L);
        assertThat(kernel(2_654_435_761L, 0xac10_0001L)).isEqualTo(3_455_258_518L);
    }

    @Test
    void everyBitOfMessageAndKeyChangesHalfOfTheHash() {
        long flips = 0;
        int trials = 0;
        for (int bit = 0; bit < 64; bit++) {
            long flipped = 1L << bit;
            long hash = hash(1, 2, 3, 4);
            flips += Long.bitCount(hash ^ hash(1 ^ flipped, 2, 3, 4));
            flips += Long.bitCount(hash ^ hash(1, 2 ^ flipped, 3, 4));
            flips += Long.bitCount(hash ^ hash(1, 2, 3 ^ flipped, 4));
            flips += Long.bitCount(hash ^ hash(1, 2, 3, 4 ^ flipped));
            trials += 4;
        }
        assertThat((double) flips / trials).isBetween(30.0, 34.0);
    }

    @Test
    void longMessagesHashAsTheReferenceWritesIt() {
        byte[] message = new byte[64];
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) i;
        }
        long key0 = 0x0706_0504_0302_0100L;
        long key1 = 0x0f0e_0d0c_0b0a_0908L;
        for (int length = 0; length < message.length; length++) {
            assertThat(ofBytes(key0, key1, message, length))
                    .as("%d bytes", length)
                    .isEqualTo(reference(key0, key1, message, length));
        }
    }

    private static long kernel(long key, long word) {
        return new SipHash(key, key).begin().end(word | 4L << 56) & 0xffff_ffffL;
    }

    private static long hash(long key0, long key1, long word, long tail) {
        return new SipHash(key0, key1).begin().add(word).end(tail);
    }

    private static long ofBytes(long key0, long key1, byte[] message, int length) {
        SipHash hash = new SipHash(key0, key1).begin();
        int at = 0;
        for (; at + 8 <= length; at += 8) {
            hash.add(word(message, at, 8));
        }
        return hash.end(word(message, at, length - at) | (long) length << 56);
    }

    private static long word(byte[] message, int at, int bytes) {
        long word = 0;
        for (int i = 0; i < bytes; i++) {
            word |= (message[at + i] & 0xffL) << 8 * i;
        }
        return word;
    }

    /// The paper's §2, operation by operation.
    private static long reference(long key0, long key1, byte[] message, int length) {
        long[] v = {
            key0 ^ 0x736f6d6570736575L,
            key1 ^ 0x646f72616e646f6dL,
            key0 ^ 0x6c7967656e657261L,
            key1 ^ 0x7465646279746573L
        };
        int words = length / 8 + 1;
        for (int i = 0; i < words; i++) {
            long word = word(message, 8 * i, Math.min(8, length - 8 * i));
            if (i == words - 1) {
                word |= (long) length << 56;
            }
            v[3] ^= word;
            sipRound(v);
            v[0] ^= word;
        }
        v[2] ^= 0xff;
        for (int i = 0; i < 3; i++) {
            sipRound(v);
        }
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    }

    private static void sipRound(long[] v) {
        v[0] += v[1];
        v[1] = Long.rotateLeft(v[1], 13);
        v[1] ^= v[0];
        v[0] = Long.rotateLeft(v[0], 32);
        v[2] += v[3];
        v[3] = Long.rotateLeft(v[3], 16);
        v[3] ^= v[2];
        v[0] += v[3];
        v[3] = Long.rotateLeft(v[3], 21);
        v[3] ^= v[0];
        v[2] += v[1];
        v[1] = Long.rotateLeft(v[1], 17);
        v[1] ^= v[2];
        v[2] = Long.rotateLeft(v[2], 32);
    }
}
