package dev.sluice.director.scheduler;

import static dev.sluice.director.scheduler.ServiceUnderTest.scheduledBy;

import org.junit.jupiter.api.Test;

/// Sequences of ipvs.md §5.3 and §5.4, seen on Linux 6.1.
final class LeastConnectionTest {

    @Test
    void leastConnectionIgnoresWeights() {
        scheduledBy("lc").weights(1, 1, 1).picks("13 12 11 13 12 11");
        scheduledBy("lc").weights(5, 3, 2).picks("13 12 11 13 12 11");
    }

    @Test
    void leastConnectionSkipsQuiescedServers() {
        scheduledBy("lc").weights(0, 2, 1).picks("13 12 13 12");
        scheduledBy("lc").weights(0, 0).picks("-");
    }

    @Test
    void leastConnectionCountsInactiveConnections() {
        scheduledBy("lc").weights(1, 1).overUdp().picks("12 11 12 11");
    }

    @Test
    void leastConnectionReturnsToTheServerThatLostConnections() {
        scheduledBy("lc")
                .weights(1, 1, 1)
                .picks("13 12 11 13 12 11")
                .expire(12, 2)
                .picks("12 12 13");
    }

    @Test
    void weightedLeastConnectionDividesByWeight() {
        scheduledBy("wlc").weights(5, 3, 2).picks("13 12 11 11 12 11 13 11 12 11 13 12 11 11");
        scheduledBy("wlc").weights(3, 1).picks("12 11 11 11 12 11 11 11");
    }

    @Test
    void weightedLeastConnectionSkipsQuiescedServers() {
        scheduledBy("wlc").weights(0, 2, 1).picks("13 12 12 13 12 12 13");
        scheduledBy("wlc").weights(0, 0).picks("-");
    }

    @Test
    void weightedLeastConnectionCountsInactiveConnections() {
        scheduledBy("wlc").weights(1, 2, 1).overUdp().picks("13 12 11 12 13 12 11 12 13");
    }

    @Test
    void weightedLeastConnectionSkipsOverloadedServers() {
        scheduledBy("wlc").add(11, 1).add(12, 9, 2, 0).picks("12 11 12 11 11");
    }
}
