package dev.sluice.lab.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleBinaryOperator;

/// What all runs gave. Peers are compared within a round, where they had the same noise around
/// them; then comes the median over the rounds.
final class Results {

    /// A peer's runs of a trial, with the round each belongs to.
    private record Run(int round, Outcome outcome) {}

    private record Key(Peer peer, Trial trial) {}

    private final Map<Key, List<Run>> runs = new LinkedHashMap<>();
    private final List<String> remarks = new ArrayList<>();

    void add(int round, Peer peer, Trial trial, Outcome outcome) {
        runs.computeIfAbsent(new Key(peer, trial), _ -> new ArrayList<>())
                .add(new Run(round, outcome));
        if (!outcome.remark().isEmpty()) {
            remark(peer.title() + ", " + trial.name() + ": " + outcome.remark());
        }
    }

    /// Something the reader of the figures should know.
    void remark(String text) {
        if (!remarks.contains(text)) {
            remarks.add(text);
        }
    }

    List<String> remarks() {
        return List.copyOf(remarks);
    }

    OptionalDouble median(Peer peer, Trial trial, Figure figure) {
        return median(runs(peer, trial).stream().mapToDouble(run -> value(run, figure)).toArray());
    }

    /// How many rounds gave something.
    int rounds(Peer peer, Trial trial) {
        return runs(peer, trial).size();
    }

    /// The least and the most of all rounds; empty when there are none.
    DoubleSummaryStatistics spread(Peer peer, Trial trial, Figure figure) {
        return runs(peer, trial).stream()
                .mapToDouble(run -> value(run, figure))
                .summaryStatistics();
    }

    /// CPU time per unit of work, each part by itself.
    CpuTime cpu(Peer peer, Trial trial) {
        List<CpuTime> times = runs(peer, trial).stream().map(run -> run.outcome().cpu()).toList();
        return new CpuTime(
                median(times.stream().mapToDouble(CpuTime::user).toArray()).orElse(0),
                median(times.stream().mapToDouble(CpuTime::system).toArray()).orElse(0),
                median(times.stream().mapToDouble(CpuTime::interrupts).toArray()).orElse(0),
                median(times.stream().mapToDouble(CpuTime::steal).toArray()).orElse(0));
    }

    /// How many times as much.
    OptionalDouble ratio(Peer peer, Peer other, Trial trial, Figure figure) {
        return compare(peer, other, trial, figure, (a, b) -> a / b);
    }

    /// How much more.
    OptionalDouble difference(Peer peer, Peer other, Trial trial, Figure figure) {
        return compare(peer, other, trial, figure, (a, b) -> a - b);
    }

    private OptionalDouble compare(
            Peer peer, Peer other, Trial trial, Figure figure, DoubleBinaryOperator comparison) {
        Map<Integer, Double> others = new LinkedHashMap<>();
        for (Run run : runs(other, trial)) {
            others.put(run.round(), value(run, figure));
        }
        return median(
                runs(peer, trial).stream()
                        .filter(run -> others.containsKey(run.round()))
                        .mapToDouble(run ->
                                comparison.applyAsDouble(
                                        value(run, figure), others.getOrDefault(run.round(), 0.0)))
                        .toArray());
    }

    private List<Run> runs(Peer peer, Trial trial) {
        return runs.getOrDefault(new Key(peer, trial), List.of());
    }

    private static double value(Run run, Figure figure) {
        Double value = run.outcome().figures().get(figure);
        if (value == null) {
            throw new IllegalArgumentException("no such figure: " + figure.label());
        }
        return value;
    }

    static OptionalDouble median(double[] values) {
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return OptionalDouble.of(
                sorted.length % 2 == 1
                        ? sorted[middle]
                        : (sorted[middle - 1] + sorted[middle]) / 2);
    }
}
