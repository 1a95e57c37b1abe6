package dev.sluice.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.vrrp.RecordedFrames;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The frames are those that keepalived sends.
final class AnnouncerTest {

    private static final long MAC = 0x0200_0000_0001L;

    @Test
    void gratuitousArpIsByteForByteKeepaliveds() {
        assertThat(frame("192.0.2.100", false)).isEqualTo(RecordedFrames.named("gratuitous ARP"));
    }

    @Test
    void neighbourAdvertisementIsByteForByteKeepaliveds() {
        assertThat(frame("fe80::100", false))
                .isEqualTo(RecordedFrames.named("neighbour advertisement"));
    }

    @Test
    void aRouterSaysThatItIsOne() {
        byte[] frame = frame("fe80::100", true);
        assertThat(frame[58]).isEqualTo((byte) 0xa0);
    }

    private static byte[] frame(String address, boolean isRouter) {
        byte[] memory = new byte[128];
        int length =
                Announcer.write(
                        new Announcer.Announcement(1, MAC, Address.parse(address), isRouter),
                        MemorySegment.ofArray(memory));
        return Arrays.copyOf(memory, length);
    }
}
