package dev.sluice.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

final class ResultsTest {

    private static final double EXACT = 1e-9;

    private final Peer kernel = new KernelForwarding();
    private final Peer sluice = new SluiceNat(List.of());
    private final Trial bulk = new Bulk(1, false);
    private final Figure throughput = bulk.figures().getFirst();
    private final Results results = new Results();

    @Test
    void medianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
        assertThat(Results.median(new double[] {4, 1, 3, 2})).hasValue(2.5);
        assertThat(Results.median(new double[] {9, 1, 5})).hasValue(5);
        assertThat(Results.median(new double[0])).isEmpty();
    }

    @Test
    void peersAreComparedWithinARound() {
        // The machine was half as fast in the second round, and busy elsewhere in the third.
        ran(1, kernel, 10);
        ran(1, sluice, 8);
        ran(2, kernel, 5);
        ran(2, sluice, 4);
        ran(3, kernel, 10);

        assertThat(results.ratio(sluice, kernel, bulk, throughput).orElseThrow())
                .isCloseTo(0.8, within(EXACT));
        assertThat(results.difference(sluice, kernel, bulk, throughput).orElseThrow())
                .isCloseTo(-1.5, within(EXACT));
        assertThat(results.median(sluice, bulk, throughput)).hasValue(6);
    }

    @Test
    void whatWasNotMeasuredHasNoRatio() {
        ran(1, kernel, 10);
        assertThat(results.ratio(sluice, kernel, bulk, throughput)).isEmpty();
    }

    @Test
    void aTargetIsMetOrMissedBySomething() {
        Goal ratio = new Goal("bulk1", "", "kernel", 0.8, Goal.Kind.RATIO);
        assertThat(ratio.result(OptionalDouble.of(0.85), 3)).isEqualTo("0.85 ×, met");
        assertThat(ratio.result(OptionalDouble.of(0.6), 3)).isEqualTo("0.60 ×, missed by 25.0 %");
        Goal added = new Goal("rtt", "p99.9", "kernel", 25, Goal.Kind.ADDED);
        assertThat(added.result(OptionalDouble.of(31.5), 3))
                .isEqualTo("+31.5 µs, missed by 6.5 µs");
        assertThat(added.result(OptionalDouble.of(-2), 3)).isEqualTo("-2.0 µs, met");
        Goal own = new Goal("addresses", "", "sluice", 0.95, Goal.Kind.OWN);
        assertThat(own.result(OptionalDouble.of(1.02), 3)).isEqualTo("1.02, met");
        assertThat(own.result(OptionalDouble.empty(), 0)).isEqualTo("not measured");
    }

    @Test
    void oneRoundGivesNoVerdict() {
        Goal ratio = new Goal("bulk1", "", "kernel", 0.8, Goal.Kind.RATIO);
        assertThat(ratio.result(OptionalDouble.of(0.6), 1))
                .isEqualTo("0.60 ×, no verdict from 1 of at least 3 rounds");
    }

    @Test
    void theTimeLeftFollowsFromTheRoundsThatAreOver() {
        Remaining remaining = new Remaining(5);
        assertThat(remaining.words(1)).isEmpty();
        remaining.begin(seconds(7));
        remaining.end(seconds(27));
        assertThat(remaining.words(2)).isEqualTo(", about 80 s left");
        remaining.begin(seconds(30));
        remaining.end(seconds(430));
        assertThat(remaining.words(3)).isEqualTo(", about 11 min left");
    }

    private static long seconds(int seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void everyTargetNamesAFigure() {
        List<Trial> trials =
                List.of(
                        new Bulk(1, false),
                        new Bulk(8, false),
                        new NewConnections(),
                        new RoundTrip(),
                        Requests.atRate(1000),
                        new ClientAddresses(1000));
        for (Goal target : Goal.ALL) {
            long figures =
                    trials.stream()
                            .flatMap(trial ->
                                    trial.figures().stream()
                                            .filter(figure -> target.concerns(trial, figure)))
                            .count();
            assertThat(figures).as(target.toString()).isEqualTo(1);
        }
    }

    @Test
    void theReportShowsRatiosTargetsAndRemarks() {
        ran(1, kernel, 10);
        ran(1, sluice, 7);
        ran(2, kernel, 10);
        ran(2, sluice, 7);
        ran(3, kernel, 12);
        ran(3, sluice, 8.4);
        results.remark("without HAProxy: haproxy is not installed");

        String report = Report.of("a machine", results, List.of(kernel, sluice), List.of(bulk));

        assertThat(report)
                .startsWith("a machine\n")
                .contains("0.70 ×")
                .contains("median (least–most) of the rounds")
                .contains("7.00 (7.00–8.40)")
                .contains("≥ 0.8 × kernel            0.70 ×, missed by 12.5 %")
                .contains("40/40/20 (10)")
                .endsWith("without HAProxy: haproxy is not installed\n")
                .doesNotContain(" \n");
    }

    private void ran(int round, Peer peer, double gigabits) {
        CpuTime cpu = new CpuTime(4, 4, 2, 1);
        results.add(round, peer, bulk, new Outcome(Map.of(throughput, gigabits), cpu, ""));
    }
}
