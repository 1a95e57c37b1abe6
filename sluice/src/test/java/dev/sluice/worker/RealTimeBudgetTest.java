package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RealTimeBudgetTest {

    private static final long MILLISECOND = 1_000_000;

    /// As if the clock were about to go round.
    private long now = Long.MAX_VALUE - 50 * MILLISECOND;

    private final RealTimeBudget budget = new RealTimeBudget(now);

    @Test
    void fourFifthsOfEachTenthOfASecondAreTheWorkers() {
        now += 80 * MILLISECOND;
        assertThat(budget.isSpent(now)).isFalse();
        now += MILLISECOND;
        assertThat(budget.isSpent(now)).isTrue();
        now += 18 * MILLISECOND;
        assertThat(budget.isSpent(now)).isTrue();
        now += MILLISECOND;
        assertThat(budget.isSpent(now)).isFalse();
    }

    @Test
    void sleepCostsNothing() {
        for (int i = 0; i < 99; i++) {
            now += MILLISECOND;
            budget.slept(MILLISECOND / 4, now);
            assertThat(budget.isSpent(now)).isFalse();
        }
    }

    @Test
    void whoSleepsOverTheEndBeginsAnew() {
        now += 79 * MILLISECOND;
        now += 90 * MILLISECOND;
        budget.slept(90 * MILLISECOND, now);
        now += 80 * MILLISECOND;
        assertThat(budget.isSpent(now)).isFalse();
        now += MILLISECOND;
        assertThat(budget.isSpent(now)).isTrue();
    }
}
