package dev.sluice.director.scheduler;

import static dev.sluice.director.scheduler.ServiceUnderTest.scheduledBy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// lblc and lblcr: ipvs.md §5.13 and §5.14, the sequences seen on Linux 6.1.
final class LocalityTest {

    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final int HALF_AN_HOUR = 30 * 60;
    private static final int DAY = 24 * 60 * 60;

    @Test
    void aDestinationStaysWithItsServerUntilThatOneIsTooBusy() {
        scheduledBy("lblc")
                .weights(2, 2, 2)
                .to("10.1.0.1")
                .picks("13 13 13 12 12")
                .to("10.1.0.2")
                .picks("11 11 11");
    }

    @Test
    void aDestinationLeavesAQuiescedOrRemovedServerAndAnOverloadedOneNot() {
        scheduledBy("lblc").weights(9, 9).picks("12 12").edit(12, 0).picks("11 11");
        scheduledBy("lblc").weights(9, 9).picks("12 12").delete(12).picks("11 11");
        scheduledBy("lblc").add(11, 9).add(12, 9, 1, 0).picks("12 12 12");
        scheduledBy("lblc").weights(0, 0).picks("- -");
    }

    @Test
    void aDestinationHasMoreServersWhenTheyAreTooBusy() {
        scheduledBy("lblcr").weights(2, 2, 2).picks("13 13 13 12 12 12 11 11 11 11 12 13");
    }

    @Test
    void aSetThatHasNotChangedForADayLosesItsBusiestMember() {
        // In the set are 13, 12 and 11, with three connections each, and in the end 11 with four.
        ServiceUnderTest service =
                scheduledBy("lblcr").weights(2, 2, 2).picks("13 13 13 12 12 12 11 11 11 11");
        service.expire(13, 3).expire(12, 3).expire(11, 3).pass(DAY + 1).picks("12");
        // Without 11, which has become idle, the others share what comes.
        service.expire(11, 1).expire(12, 1).picks("12 13 12 13");
    }

    @Test
    void anUnusedDestinationIsForgottenByTheFirstClearanceAfterADay() {
        // 12 keeps the destination that it got first, until that is forgotten.
        scheduledBy("lblc")
                .weights(9, 9)
                .picks("12 12")
                .pass(DAY - HALF_AN_HOUR)
                .picks("12")
                .pass(DAY + HALF_AN_HOUR)
                .picks("11 11");
        scheduledBy("lblc").weights(9, 9).picks("12 12").pass(DAY - HALF_AN_HOUR).picks("12");
    }

    @Test
    void aSweepStopsWhenItsGoalIsReached() {
        Localities localities = new Localities();
        for (int i = 0; i < 20_000; i++) {
            localities.add(0, i, 1, 0);
        }
        localities.poll(0, Long.MAX_VALUE);
        for (int minute = 1; minute <= 6; minute++) {
            localities.poll(minute * MINUTE_NANOS, Long.MAX_VALUE);
            assertThat(localities.size()).isEqualTo(20_000);
        }
        localities.poll(7 * MINUTE_NANOS, Long.MAX_VALUE);
        int goal = (20_000 - 16 * 1024) * 4 / 3;
        assertThat(localities.size()).isBetween(20_000 - goal - 40, 20_000 - goal);
    }

    @Test
    void theTableIsBounded() {
        Localities localities = new Localities();
        for (int i = 0; i < 300_000; i++) {
            localities.add(0, i, 1, 0);
        }
        assertThat(localities.size()).isEqualTo(256 * 1024);
        assertThat(localities.find(0, 299_999)).isNull();
        assertThat(localities.find(0, 0)).isNotNull();
    }

    @Test
    void whatIsFoundIsWhatAMapFinds() {
        Seeded.forAll(
                20,
                random -> {
                    Localities localities = new Localities();
                    Map<Long, Localities.Entry> model = new HashMap<>();
                    long now = 0;
                    localities.poll(now, 0);
                    for (int step = 0; step < 3000; step++) {
                        long low = random.nextInt(500);
                        Localities.Entry entry = localities.find(0, low);
                        assertThat(entry).isSameAs(model.get(low));
                        if (entry == null) {
                            localities.add(0, low, step, now);
                            model.put(low, localities.find(0, low));
                        } else {
                            entry.usedAtNanos = now;
                        }
                        now += random.nextInt(20) * 1_000_000_000L;
                        localities.poll(now, 20 * MINUTE_NANOS);
                        List<Long> gone = new ArrayList<>();
                        model.forEach((key, kept) -> {
                            if (localities.find(0, key) != kept) {
                                gone.add(key);
                            }
                        });
                        for (long key : gone) {
                            assertThat(now - Objects.requireNonNull(model.remove(key)).usedAtNanos)
                                    .isGreaterThan(20 * MINUTE_NANOS);
                        }
                        assertThat(localities.size()).isEqualTo(model.size());
                    }
                });
    }
}
