package dev.sluice.director.scheduler;

import static dev.sluice.director.scheduler.ServiceUnderTest.scheduledBy;

import org.junit.jupiter.api.Test;

/// When a server is overloaded and when no longer: ipvs.md §2.4, seen on Linux 6.1.
final class ThresholdTest {

    @Test
    void withoutALowerThresholdAServerOpensBelowThreeQuarters() {
        scheduledBy("rr")
                .overUdp()
                .add(11, 1, 4, 0)
                .picks("11 11 11 11 -")
                .expire(11, 1)
                .picks("-")
                .expire(11, 1)
                .picks("11");
    }

    @Test
    void withALowerThresholdAServerOpensBelowIt() {
        scheduledBy("rr")
                .overUdp()
                .add(11, 1, 4, 2)
                .picks("11 11 11 11 -")
                .expire(11, 2)
                .picks("-")
                .expire(11, 1)
                .picks("11");
    }

    @Test
    void onlyAHigherUpperThresholdOrNoneOpensAFullServer() {
        scheduledBy("rr")
                .add(11, 1, 2, 0)
                .picks("11 11 -")
                .edit(11, 1, 2, 0)
                .picks("-")
                .edit(11, 1, 1, 0)
                .picks("-")
                .edit(11, 1, 2, 0)
                .picks("11 -")
                .edit(11, 1, 0, 0)
                .picks("11 11 11");
    }
}
