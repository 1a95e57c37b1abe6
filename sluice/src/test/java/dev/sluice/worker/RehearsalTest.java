package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RehearsalTest {

    @Test
    void everyPacketIsForwardedAsInAPerformance() {
        assertThat(Rehearsal.rounds(2000)).isEqualTo(2000 * 64);
    }

    @Test
    void withoutTimeNothingIsPlayed() {
        assertThat(Rehearsal.play(0)).isZero();
    }
}
