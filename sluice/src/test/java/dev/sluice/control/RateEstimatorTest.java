package dev.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/// The figures are those that a kernel director showed (ipvs.md §9.2).
final class RateEstimatorTest {

    @Test
    void aBurstFadesAsInTheKernel() {
        RateEstimator estimator = new RateEstimator(Figures.ZERO);
        Figures after = new Figures(0, 100, 0, 10_000, 0);
        List<Long> packets = new ArrayList<>();
        List<Long> bytes = new ArrayList<>();
        for (int tick = 0; tick < 12; tick++) {
            estimator.tick(after);
            packets.add(estimator.perSecond().inPackets());
            bytes.add(estimator.perSecond().inBytes());
        }
        assertThat(packets).containsExactly(12L, 9L, 7L, 5L, 4L, 3L, 2L, 2L, 1L, 1L, 1L, 1L);
        assertThat(bytes)
                .containsExactly(
                        1250L, 937L, 703L, 527L, 395L, 297L, 222L, 167L, 125L, 94L, 70L, 53L);
    }

    @Test
    void whatWasCountedBeforeItBeganIsNoRate() {
        Figures start = new Figures(9, 9, 9, 9, 9);
        RateEstimator estimator = new RateEstimator(start);
        estimator.tick(start);
        assertThat(estimator.perSecond()).isEqualTo(Figures.ZERO);
    }

    @Test
    void clearingForgetsTheAverageAndNotTheCounters() {
        RateEstimator estimator = new RateEstimator(Figures.ZERO);
        estimator.tick(new Figures(1000, 0, 0, 0, 0));
        estimator.clear();
        assertThat(estimator.perSecond()).isEqualTo(Figures.ZERO);
        estimator.tick(new Figures(1000, 0, 0, 0, 0));
        assertThat(estimator.perSecond()).isEqualTo(Figures.ZERO);
    }
}
