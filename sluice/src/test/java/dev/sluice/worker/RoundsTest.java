package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.worker.Rounds.Cause;

import org.junit.jupiter.api.Test;

final class RoundsTest {

    private long ran;
    private final Rounds rounds = new Rounds(() -> ran);

    @Test
    void aRoundLastsUntilTheNextUnlessItDidNothing() {
        rounds.begin(1_000);
        rounds.end(1);
        rounds.begin(301_000);
        rounds.end(0);
        rounds.begin(90_000_000);
        assertThat(rounds.longestNanos()).isEqualTo(300_000);
        assertThat(rounds.overMillisecond()).isZero();
        rounds.end(5);
        rounds.begin(92_000_000);
        assertThat(rounds.longestNanos()).isEqualTo(2_000_000);
        assertThat(rounds.overMillisecond()).isOne();
    }

    @Test
    void whatSomebodyElseHadTheProcessorForIsNotTheWorkersDoing() {
        rounds.begin(10_000_000);
        rounds.end(1);
        ran = 40_000;
        rounds.begin(39_000_000);
        assertThat(rounds.longestNanos()).isEqualTo(29_000_000);
        assertThat(rounds.heldNanos(Cause.TRAFFIC)).isEqualTo(40_000);
        assertThat(rounds.heldOverMillisecond()).isZero();
    }

    @Test
    void eachLongRoundIsCountedByWhatTheWorkerRan() {
        round(5_000_000, 5_000_000, Cause.TASKS);
        round(3_000_000, 2_000_000, Cause.TASKS);
        round(3_000_000, 500_000, Cause.TASKS);
        assertThat(rounds.heldNanos(Cause.TASKS)).isEqualTo(5_000_000);
        assertThat(rounds.heldOverMillisecond()).isEqualTo(2);
        assertThat(rounds.overMillisecond()).isEqualTo(3);
    }

    @Test
    void theRarestThingInARoundIsItsCause() {
        rounds.begin(1_000_000_000);
        rounds.did(Cause.CONFIGURATION);
        rounds.did(Cause.TASKS);
        rounds.end(64);
        ran = 700_000;
        rounds.begin(1_000_700_000);
        assertThat(rounds.heldNanos(Cause.CONFIGURATION)).isEqualTo(700_000);
        assertThat(rounds.heldNanos(Cause.TASKS)).isZero();
        rounds.end(64);
        ran += 200_000;
        rounds.begin(1_000_900_000);
        assertThat(rounds.heldNanos(Cause.TRAFFIC)).isEqualTo(200_000);
    }

    @Test
    void everyRoundIsCounted() {
        round(1, 1, Cause.TRAFFIC);
        assertThat(rounds.count()).isEqualTo(2);
    }

    private long now = 1_000_000_000;

    private void round(long tookNanos, long ranNanos, Cause cause) {
        rounds.begin(now);
        rounds.did(cause);
        rounds.end(1);
        now += tookNanos;
        ran += ranNanos;
        rounds.begin(now);
        rounds.end(0);
        now += 1_000_000_000;
    }
}
