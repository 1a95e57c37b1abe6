package dev.sluice.router;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/// How many results in a row are believed, and how often one is complained.
final class WatchesTest {

    @Test
    void theFirstResultCountsAtOnceLaterOnesOnlyInARow() {
        Watches.Hysteresis hysteresis = new Watches.Hysteresis(2, 3);
        //              known  bad bad good bad bad bad  good good
        boolean[] results = {true, false, false, true, false, false, false, true, true};
        List<Integer> changes = new ArrayList<>();
        for (int i = 0; i < results.length; i++) {
            if (hysteresis.isChangedBy(results[i])) {
                changes.add(i);
            }
        }
        assertThat(changes).containsExactly(0, 6, 8);
    }

    @Test
    void aComplaintIsMadeOnceAMinuteWithItsCount() {
        Complaints complaints = new Complaints();
        long second = 1_000_000_000L;
        assertThat(complaints.line("bad", 0)).isEqualTo("bad");
        for (int i = 1; i < 60; i++) {
            assertThat(complaints.line("bad", i * second)).isEmpty();
        }
        assertThat(complaints.line("worse", 59 * second)).isEqualTo("worse");
        assertThat(complaints.line("bad", 60 * second)).isEqualTo("bad (60 times in a minute)");
        assertThat(complaints.line("bad", 61 * second)).isEmpty();
    }
}
