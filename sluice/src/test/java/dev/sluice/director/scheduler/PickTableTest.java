package dev.sluice.director.scheduler;

import static dev.sluice.director.scheduler.ServiceUnderTest.scheduledBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.Stream;

/// Sequences of ipvs.md §5.5 to §5.8, seen on Linux 6.1: weights of the servers 11, 12, 13 on the
/// left, the picks of clients who stay on the right. Longer ones, with edits between them, are the
/// scenarios `picks-*`.
final class PickTableTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ':',
            textBlock =
                    """
                    sed : 5 3 2 : 11 12 11 13 11 12 11 13 12 11 11 12 11 13
                    sed : 3 1   : 11 11 12 11 11 11 12
                    sed : 0 2 1 : 12 13 12 12 13 12 12 13
                    sed : 1 1 1 : 13 12 11
                    sed : 0 0   : - -
                    nq  : 5 3 2 : 13 12 11 11 11 12 11 13 12 11 11 12 11 13
                    nq  : 3 1   : 12 11 11 11 11 11 12
                    nq  : 0 2 1 : 13 12 12 12 13 12 12 13
                    nq  : 0 0   : - -
                    fo  : 5 3 2 : 11 11 11 11 11
                    fo  : 1 1 1 : 13 13 13
                    fo  : 0 2 1 : 12 12
                    fo  : 0 0   : - -
                    ovf : 5 3 2 : 11 11 11 11 11 11 12 12 12 12 13 13 13 - -
                    ovf : 1 1 1 : 13 13 12 12 11 11 - -
                    """)
    void picks(String scheduler, String weights, String picks) {
        scheduledBy(scheduler).weights(numbers(weights)).picks(picks);
    }

    /// No datagram flow is ever active, so who looks at active connections only sees idle servers.
    @ParameterizedTest
    @CsvSource(
            delimiter = ':',
            textBlock =
                    """
                    sed : 1 1 1 : 13 13 13 13 13 13 13 13 13
                    nq  : 1 1 1 : 13 13 13 13 13 13 13 13 13
                    ovf : 1 1   : 12 12 12 12 12 12 12 12 12
                    """)
    void picksOverUdp(String scheduler, String weights, String picks) {
        scheduledBy(scheduler).overUdp().weights(numbers(weights)).picks(picks);
    }

    @Test
    void whoIsOverloadedIsPassedOverByAll() {
        scheduledBy("sed").add(11, 9, 2, 0).add(12, 1).picks("11 11 12 12");
        scheduledBy("nq").add(11, 9, 2, 0).add(12, 1).picks("12 11 11 12");
        scheduledBy("fo").add(11, 9, 2, 0).add(12, 1).picks("11 11 12 12");
        scheduledBy("ovf").add(11, 9, 2, 0).add(12, 1).picks("11 11 12 12 -");
    }

    private static int[] numbers(String text) {
        return Stream.of(text.strip().split(" +", -1)).mapToInt(Integer::parseInt).toArray();
    }
}
