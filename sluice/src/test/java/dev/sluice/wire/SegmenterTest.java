package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Each piece of a super-packet is the packet that its sender would have made of those bytes.
final class SegmenterTest {

    private final Segmenter segmenter = new Segmenter();
    private final MemorySegment piece = MemorySegment.ofArray(new byte[1 << 16]);

    @Test
    void piecesAreWhatTheSenderWouldHaveMade() {
        Seeded.forAll(300, this::compare);
    }

    private void compare(SplittableRandom random) {
        boolean ipv6 = random.nextBoolean();
        boolean tcp = random.nextBoolean();
        int size = 1 + random.nextInt(3000);
        byte[] payload = new byte[1 + random.nextInt(Math.min(60_000, 50 * size))];
        random.nextBytes(payload);
        PacketView view = packet(ipv6, tcp, 0, 0, "CFPA", payload).partialChecksum().view(9);
        view.mark(5);

        segmenter.start(view, size);
        int done = 0;
        int count = 0;
        while (segmenter.hasMoreThanOne()) {
            int bytes = segmenter.next(piece, 3);
            byte[] part = Arrays.copyOfRange(payload, done, done + size);
            String flags = done == 0 ? "CA" : "A";
            assertThat(piece.asSlice(3, bytes).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(packet(ipv6, tcp, count, done, flags, part).build());
            done += size;
            count++;
        }
        segmenter.lastInPlace();
        byte[] part = Arrays.copyOfRange(payload, done, payload.length);
        String flags = done == 0 ? "CFPA" : "FPA";
        assertThat(view.frame().asSlice(view.ip(), view.length()).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(packet(ipv6, tcp, count, done, flags, part).build());
        assertThat(view.isChecksumPartial()).isFalse();
        assertThat(view.gsoSize()).isZero();
        assertThat(view.mark()).isEqualTo(5);
    }

    private static PacketBuilder packet(
            boolean ipv6, boolean tcp, int number, int offset, String flags, byte[] payload) {
        PacketBuilder ip =
                ipv6
                        ? PacketBuilder.ipv6("2001:db8::1", "2001:db8::2")
                        : PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").id(65_530 + number & 0xffff);
        return tcp
                ? ip.tcp(1000, 80).flags(flags).seq(0xffff_ff00L + offset).payload(payload)
                : ip.udp(1000, 53).payload(payload);
    }
}
