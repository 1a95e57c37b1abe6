package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BusyPollTest {

    private static final long LIMIT = 100_000;
    private static final long SOON = 20_000;
    private static final long LATE = 1_000_000;

    private long now = Long.MAX_VALUE - 1_000_000;
    private final BusyPoll busyPoll = new BusyPoll(LIMIT);

    @Test
    void looksFromTheStart() {
        assertThat(busyPoll.nanos(now)).isEqualTo(LIMIT);
    }

    @Test
    void givesUpWhenFramesAreRare() {
        waited(LATE, 16);

        assertThat(busyPoll.nanos(now)).isZero();
    }

    @Test
    void takesUpAgainWhenAFrameComesSoonAfterAnother() {
        waited(LATE, 1000);
        waited(SOON, 1);

        assertThat(busyPoll.nanos(now)).isEqualTo(LIMIT);
    }

    @Test
    void aReplySoonAfterEachRequestPaysForThePauseBetweenRequests() {
        for (int request = 0; request < 1000; request++) {
            waited(SOON, 1);
            waited(LATE, 3);
            assertThat(busyPoll.nanos(now)).isEqualTo(LIMIT);
        }
    }

    @Test
    void manySuccessesDoNotBuyMoreThanAFewLooksInVain() {
        waited(SOON, 1000);
        waited(LATE, 16);

        assertThat(busyPoll.nanos(now)).isZero();
    }

    @Test
    void withoutALimitItNeverLooks() {
        BusyPoll never = new BusyPoll(0);
        never.waited(0);

        assertThat(never.nanos(0)).isZero();
    }

    @Test
    void whereOthersWantTheProcessorItSleepsForAWhile() {
        assertThat(busyPoll.yielded(1_000, now)).isTrue();
        assertThat(busyPoll.yielded(50_000, now)).isFalse();
        waited(SOON, 1000);
        now += 9_000_000;
        assertThat(busyPoll.nanos(now)).isZero();
        now += 2_000_000;
        assertThat(busyPoll.nanos(now)).isEqualTo(LIMIT);
        now += Long.MAX_VALUE; // a clock that has gone round
        assertThat(busyPoll.nanos(now)).isEqualTo(LIMIT);
    }

    private void waited(long gapNanos, int times) {
        for (int i = 0; i < times; i++) {
            busyPoll.waited(gapNanos);
        }
    }
}
