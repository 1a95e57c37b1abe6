package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

final class Ipv6FragmenterTest {

    private final Ipv6Fragmenter fragmenter = new Ipv6Fragmenter();

    @Test
    void fragmentsAreThoseThatTheBuilderMakes() {
        Seeded.forAll(200, this::compare);
    }

    private void compare(SplittableRandom random) {
        int mtu = 1280 + random.nextInt(9000);
        PacketBuilder packet =
                PacketBuilder.ipv6("2001:db8::1", "2001:db8::2")
                        .ttl(9)
                        .tos(3)
                        .udp(1, 2)
                        .payload(mtu + random.nextInt(50_000));
        byte[] whole = packet.build();
        List<byte[]> pieces = new ArrayList<>();
        MemorySegment target = MemorySegment.ofArray(new byte[mtu + 8]);
        fragmenter.start(MemorySegment.ofArray(whole), 0, whole.length, mtu, 0);
        for (int bytes = fragmenter.next(target, 8);
                bytes > 0;
                bytes = fragmenter.next(target, 8)) {
            assertThat(bytes).isLessThanOrEqualTo(mtu);
            pieces.add(target.asSlice(8, bytes).toArray(ValueLayout.JAVA_BYTE));
        }
        List<byte[]> expected = packet.fragments(mtu);
        assertThat(pieces).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(pieces.get(i)).isEqualTo(expected.get(i));
        }
    }

    @Test
    void aSmallerMtuThanIpv6AllowsIsAMistake() {
        assertThatThrownBy(() -> fragmenter.start(MemorySegment.NULL, 0, 2000, 1279, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
