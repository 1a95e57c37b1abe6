package dev.sluice.lab.bench;

import org.HdrHistogram.Histogram;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Times of a trial, and the percentiles that a report shows of them.
final class Latency {

    private static final long HIGHEST_NANOS = 60_000_000_000L;
    private static final int DIGITS = 3;
    private static final double[] PERCENTILES = {50, 99, 99.9};

    private final List<Figure> figures;

    Latency(String label) {
        figures =
                List.of(
                        Figure.less(label + ", p50", "µs", 1),
                        Figure.less(label + ", p99", "µs", 1),
                        Figure.less(label + ", p99.9", "µs", 1));
    }

    /// p50, p99, p99.9.
    List<Figure> figures() {
        return figures;
    }

    static Histogram histogram() {
        return new Histogram(HIGHEST_NANOS, DIGITS);
    }

    static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.min(nanos, HIGHEST_NANOS));
    }

    Map<Figure, Double> of(Histogram histogram) {
        Map<Figure, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < PERCENTILES.length; i++) {
            values.put(figures.get(i), histogram.getValueAtPercentile(PERCENTILES[i]) / 1e3);
        }
        return values;
    }
}
