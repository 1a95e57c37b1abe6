package dev.sluice.wire;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/// Damages packets, gently: most still get past the first checks, and some are as they were.
public final class Mutation {

    private static final int[] PROTOCOLS = {0, 1, 4, 6, 17, 41, 43, 44, 50, 51, 58, 59, 60, 132};

    private static final int HEADER_BYTES = 100;
    private static final int MAX_PADDING = 24;

    private Mutation() {}

    /// Changes a few bytes of the IP packet at `start`, or cuts it, or puts padding behind it, for
    /// which there must be room. Mostly the IPv4 header checksum is right again in the end: else it
    /// would stop nearly everything.
    ///
    /// @return how many bytes are there now
    public static int mutate(byte[] memory, int start, int length, SplittableRandom random) {
        int mutated = length;
        // None in half of the packets.
        for (int changes = random.nextInt(6) - 2; changes > 0; changes--) {
            if (length > 0) {
                change(memory, start + random.nextInt(Math.min(length, HEADER_BYTES)), random);
            }
        }
        switch (random.nextInt(16)) {
            case 0 -> mutated = random.nextInt(length + 1);
            case 1 -> {
                // A packet that says how short it is gets further.
                mutated = random.nextInt(length + 1);
                tellLength(memory, start, mutated);
            }
            case 2 -> {
                int padding = random.nextInt(MAX_PADDING);
                for (int i = 0; i < padding; i++) {
                    memory[start + length + i] = (byte) random.nextInt();
                }
                mutated = length + padding;
            }
            default -> {
                // As long as it was.
            }
        }
        if (random.nextInt(8) > 0) {
            repair(memory, start, mutated);
        }
        return mutated;
    }

    /// Makes the IPv4 header checksum right, if there is a header.
    public static void repair(byte[] memory, int start, int length) {
        MemorySegment frame = MemorySegment.ofArray(memory);
        if (length >= 20 && memory[start] >> 4 == 4) {
            int header = Ipv4.headerLength(frame, start);
            if (header >= 20 && header <= length) {
                Ipv4.fillChecksum(frame, start);
            }
        }
    }

    /// With values that lengths and types have.
    private static void change(byte[] memory, int at, SplittableRandom random) {
        memory[at] =
                (byte)
                        switch (random.nextInt(4)) {
                            case 0 -> random.nextInt();
                            case 1 -> memory[at] + (random.nextBoolean() ? 1 : -1);
                            case 2 -> memory[at] ^ 1 << random.nextInt(8);
                            default -> PROTOCOLS[random.nextInt(PROTOCOLS.length)];
                        };
    }

    private static void tellLength(byte[] memory, int start, int length) {
        MemorySegment frame = MemorySegment.ofArray(memory);
        if (length >= 40 && memory[start] >> 4 == 6) {
            Ipv6.payloadLength(frame, start, length - 40);
        } else if (length >= 20 && memory[start] >> 4 == 4) {
            Ipv4.totalLength(frame, start, length);
        }
    }
}
