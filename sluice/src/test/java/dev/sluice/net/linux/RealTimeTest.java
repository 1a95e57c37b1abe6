package dev.sluice.net.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;

final class RealTimeTest {

    @Test
    void whoAThreadStartsIsOrdinary() {
        CompletableFuture<Boolean> itself = new CompletableFuture<>();
        CompletableFuture<Boolean> started = new CompletableFuture<>();
        CompletableFuture<Boolean> permitted = new CompletableFuture<>();
        Thread.ofPlatform()
                .start(() -> {
                    permitted.complete(RealTime.set(1));
                    itself.complete(RealTime.isSet());
                    Thread.ofPlatform().start(() -> started.complete(RealTime.isSet()));
                });
        assertThat(itself.join()).isEqualTo(permitted.join());
        assertThat(started.join()).isFalse();
    }
}
