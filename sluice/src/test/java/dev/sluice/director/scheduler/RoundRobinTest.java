package dev.sluice.director.scheduler;

import static dev.sluice.director.scheduler.ServiceUnderTest.scheduledBy;

import org.junit.jupiter.api.Test;

/// Sequences of ipvs.md §5.1 and §13, seen on Linux 6.1.
final class RoundRobinTest {

    @Test
    void serversTakeTurnsBeginningWithTheNewest() {
        scheduledBy("rr").weights(1, 1, 1).picks("13 12 11 13 12 11 13");
    }

    @Test
    void weightsOtherThanZeroDoNotMatter() {
        scheduledBy("rr").weights(5, 3, 2).picks("13 12 11 13 12 11");
    }

    @Test
    void turnsGoOnWhileServersAreQuiescedAddedAndDeleted() {
        scheduledBy("rr")
                .weights(1, 1, 1)
                .picks("13 12 11 13 12 11 13")
                .edit(12, 0)
                .picks("11 13 11 13")
                .edit(12, 1)
                .picks("12 11 13 12 11 13")
                .add(14, 1)
                .picks("12 11 14 13 12 11 14 13 12")
                .delete(13)
                .picks("11 14 12 11 14 12 11")
                .picks("14")
                .delete(14)
                .picks("12 11 12 11 12");
    }

    @Test
    void theServerBeforeADeletedOneKeepsItsPlace() {
        scheduledBy("rr").weights(1, 1, 1).picks("13 12").delete(12).picks("11 13 11 13");
    }

    @Test
    void aSingleServerIsPickedAgainAndAgain() {
        scheduledBy("rr").weights(1).picks("11 11 11");
    }

    @Test
    void nobodyIsPickedWhenAllAreQuiescedOrThereIsNone() {
        scheduledBy("rr").picks("- -").weights(0, 0).picks("- -").edit(11, 1).picks("11 11");
    }

    @Test
    void overloadedServersAreSkipped() {
        scheduledBy("rr")
                .add(11, 1)
                .add(12, 1, 2, 0)
                .picks("12 11 12 11 11")
                .expire(12, 1)
                .picks("12");
    }
}
