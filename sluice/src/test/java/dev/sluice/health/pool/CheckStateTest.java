package dev.sluice.health.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.health.pool.CheckState.Change;
import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

/// keepalived.md §5.2 as a dialogue: `+` and `-` are attempts, and each must be followed by the
/// wait and the change that the script names.
final class CheckStateTest {

    private static final Timing RETRY_2 = Timing.every(10, 2, 1);
    private static final Timing TWO_PARTS = new Timing(10, 30, 0, 1, 10, false, 2, false, false);
    private static final Timing FAST = new Timing(10, 30, 0, 1, 10, false, 2, true, false);

    private static CheckState play(Timing timing, CheckState state, String dialogue) {
        CheckState now = state;
        for (String step : dialogue.split(" ", -1)) {
            CheckState.Next next = now.after(timing, step.charAt(0) == '+');
            String seen = step.charAt(0) + "" + next.delayNanos() + mark(next.change());
            assertThat(seen).as("in %s, at %s", dialogue, now).isEqualTo(step);
            now = next.state();
        }
        return now;
    }

    private static String mark(Change change) {
        return switch (change) {
            case NONE -> "";
            case UP -> "U";
            case DOWN -> "D";
        };
    }

    @Test
    void theFirstFailureAtStartNeedsNoRetries() {
        play(RETRY_2, CheckState.first(RETRY_2), "-10D -10 +10U");
    }

    @Test
    void retryNMeansNPlusOneFailedAttempts() {
        play(
                RETRY_2,
                CheckState.first(RETRY_2),
                "+10 -1 -1 -10D -10 -10 +10U -1 -1 +10 -1 -1 -10D");
    }

    @Test
    void alphaIsDownWithoutAWordUntilItPasses() {
        play(RETRY_2, CheckState.unproven(), "-10 -10 +10U -1 +10");
    }

    @Test
    void urlsTakeTurnsOnePerDelayLoop() {
        CheckState state = CheckState.first(TWO_PARTS);
        for (int i = 0; i < 6; i++) {
            assertThat(state.part()).isEqualTo(i % 2);
            state = state.after(TWO_PARTS, true).state();
        }
    }

    @Test
    void afterAFailureThatUrlIsRetriedAndThenAllFromTheFirstMustPass() {
        CheckState down = play(TWO_PARTS, CheckState.first(TWO_PARTS), "+10 -30D -30");
        assertThat(down.part()).isEqualTo(1);
        CheckState recovering = play(TWO_PARTS, down, "+10");
        assertThat(recovering.part()).isZero();
        play(TWO_PARTS, recovering, "+10 +10U +10");
        CheckState again = play(TWO_PARTS, recovering, "+10 -30");
        assertThat(again.part()).isEqualTo(1);
        play(TWO_PARTS, again, "+10 +10 +10U");
    }

    @Test
    void fastRecoveryHasNoDelayBetweenUrls() {
        play(FAST, CheckState.first(FAST), "-30D +0 +0 +10U");
    }

    /// Whatever happens: a change is a change, retries are never exceeded, and what is up was asked
    /// every part since it was down.
    @Test
    void anyResultsKeepTheRules() {
        Seeded.forAll(
                2_000,
                random -> {
                    Timing timing =
                            new Timing(
                                    10,
                                    10,
                                    random.nextInt(4),
                                    1,
                                    10,
                                    random.nextBoolean(),
                                    1 + random.nextInt(3),
                                    random.nextBoolean(),
                                    false);
                    CheckState state = CheckState.first(timing);
                    int passesSinceFailure = 0;
                    for (int i = 0; i < 200; i++) {
                        boolean passed = random.nextInt(3) > 0;
                        passesSinceFailure = passed ? passesSinceFailure + 1 : 0;
                        CheckState.Next next = state.after(timing, passed);
                        assertThat(next.change() == Change.NONE)
                                .isEqualTo(next.state().isUp() == state.isUp());
                        assertThat(next.state().failures()).isLessThanOrEqualTo(timing.retries());
                        assertThat(next.state().part()).isBetween(0, timing.parts() - 1);
                        if (next.change() == Change.UP) {
                            assertThat(passesSinceFailure).isGreaterThanOrEqualTo(timing.parts());
                        }
                        state = next.state();
                    }
                });
    }
}
