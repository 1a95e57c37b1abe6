package dev.sluice.net.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;

class TimeSliceTest {

    private static final long NANOS = 200_000;

    /// `struct sched_attr` up to nice and priority, without the slice itself, which older kernels
    /// do not keep.
    private static byte[] otherAttributes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(48, 8);
            assertThat(Kernel.schedGetattr(0, attributes)).isZero();
            return attributes.asSlice(0, 24).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void nothingElseChangesForTheThread() throws Exception {
        CompletableFuture<byte[]> before = new CompletableFuture<>();
        CompletableFuture<byte[]> after = new CompletableFuture<>();
        CompletableFuture<Boolean> permitted = new CompletableFuture<>();
        Thread.ofPlatform()
                .start(() -> {
                    before.complete(otherAttributes());
                    permitted.complete(TimeSlice.set(NANOS));
                    after.complete(otherAttributes());
                })
                .join();
        assertThat(permitted.getNow(false)).isTrue();
        assertThat(after.getNow(new byte[0])).isEqualTo(before.getNow(new byte[1]));
    }
}
