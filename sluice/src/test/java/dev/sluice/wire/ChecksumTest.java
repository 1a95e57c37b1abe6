package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.zip.CRC32C;

final class ChecksumTest {

    @Test
    void sumOfAnyLengthIsRfc1071s() {
        Seeded.forAll(
                10_000,
                random -> {
                    byte[] bytes = new byte[random.nextInt(100)];
                    random.nextBytes(bytes);
                    int length = random.nextInt(bytes.length + 1);
                    int start = random.nextInt(bytes.length - length + 1);
                    int plain =
                            PacketBuilder.onesComplementSum(
                                    Arrays.copyOfRange(bytes, start, start + length));
                    MemorySegment frame = MemorySegment.ofArray(bytes);
                    assertThat(Checksum.fold(Checksum.sum(frame, start, length))).isEqualTo(plain);
                });
    }

    @Test
    void rfc1624ExampleHasNoNegativeZero() {
        // RFC 1624 §4: HC = 0xdd2f, m = 0x5555, m' = 0x3285, and the result is 0, not 0xffff.
        assertThat(Checksum.apply(0xdd2f, Checksum.difference(0x5555, 0x3285))).isZero();
    }

    /// All 2^16 values of the changed word, beside words that make every special sum.
    @Test
    void updateEqualsFullSumForEveryWord() {
        int[] others = {0x0001, 0x7fff, 0x8000, 0xfffe, 0xffff};
        for (int other : others) {
            for (int before : new int[] {0, 1, 0x1234, 0xfffe, 0xffff}) {
                int checksum = ~Checksum.fold((long) other + before) & 0xffff;
                for (int after = 0; after <= 0xffff; after++) {
                    int updated = Checksum.apply(checksum, Checksum.difference(before, after));
                    int full = ~Checksum.fold((long) other + after) & 0xffff;
                    if (updated != full) {
                        assertThat(updated)
                                .as("%x: %x to %x", other, before, after)
                                .isEqualTo(full);
                    }
                }
            }
        }
    }

    /// A sender may write a checksum of 0 as 0xffff in any protocol; UDP demands it.
    @Test
    void updateOfANegativeZeroIsCanonical() {
        for (int before : new int[] {0, 1, 0x1234, 0xfffe, 0xffff}) {
            for (int after = 0; after <= 0xffff; after++) {
                int difference = Checksum.difference(before, after);
                int updated = Checksum.apply(0xffff, difference);
                assertThat(updated).isNotEqualTo(0xffff);
                assertThat(updated).isEqualTo(Checksum.apply(0, difference));
            }
        }
    }

    @Test
    void differencesOfWideWordsAddUp() {
        Seeded.forAll(
                10_000,
                random -> {
                    long[] before = {random.nextLong(), random.nextLong()};
                    long[] after = {random.nextLong(), random.nextLong()};
                    int pair = Checksum.difference(before[0], before[1], after[0], after[1]);
                    int two =
                            Checksum.both(
                                    Checksum.difference(before[0], after[0]),
                                    Checksum.difference(before[1], after[1]));
                    assertThat(pair).isEqualTo(two).isNotZero();
                });
    }

    @Test
    void crc32cIsTheJdks() {
        Seeded.forAll(
                2_000,
                random -> {
                    byte[] bytes = new byte[random.nextInt(200)];
                    random.nextBytes(bytes);
                    CRC32C crc = new CRC32C();
                    crc.update(bytes);
                    assertThat(Crc32c.of(MemorySegment.ofArray(bytes), 0, bytes.length))
                            .isEqualTo((int) crc.getValue());
                });
    }
}
