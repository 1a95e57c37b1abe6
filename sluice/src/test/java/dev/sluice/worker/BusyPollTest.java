package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BusyPollTest {

    private static final long LIMIT = 100_000;
    private static final long SOON = 20_000;
    private static final long LATE = 1_000_000;

    private final BusyPoll busyPoll = new BusyPoll(LIMIT);

    @Test
    void looksFromTheStart() {
        assertThat(busyPoll.nanos()).isEqualTo(LIMIT);
    }

    @Test
    void givesUpWhenFramesAreRare() {
        waited(LATE, 16);

        assertThat(busyPoll.nanos()).isZero();
    }

    @Test
    void takesUpAgainWhenAFrameComesSoonAfterAnother() {
        waited(LATE, 1000);
        waited(SOON, 1);

        assertThat(busyPoll.nanos()).isEqualTo(LIMIT);
    }

    @Test
    void aReplySoonAfterEachRequestPaysForThePauseBetweenRequests() {
        for (int request = 0; request < 1000; request++) {
            waited(SOON, 1);
            waited(LATE, 3);
            assertThat(busyPoll.nanos()).isEqualTo(LIMIT);
        }
    }

    @Test
    void manySuccessesDoNotBuyMoreThanAFewLooksInVain() {
        waited(SOON, 1000);
        waited(LATE, 16);

        assertThat(busyPoll.nanos()).isZero();
    }

    @Test
    void withoutALimitItNeverLooks() {
        BusyPoll never = new BusyPoll(0);
        never.waited(0);

        assertThat(never.nanos()).isZero();
    }

    private void waited(long gapNanos, int times) {
        for (int i = 0; i < times; i++) {
            busyPoll.waited(gapNanos);
        }
    }
}
