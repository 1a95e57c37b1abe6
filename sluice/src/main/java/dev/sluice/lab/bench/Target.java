package dev.sluice.lab.bench;

import java.util.List;
import java.util.OptionalDouble;

/// What Sluice is meant to reach beside a peer.
///
/// @param trial its name
/// @param label of the figure, or the end of it
/// @param peer beside whom
/// @param bound a ratio that is to be reached, or microseconds that may be added
/// @param added whether the bound is what may be added, rather than a ratio
record Target(String trial, String label, String peer, double bound, boolean added) {

    static final List<Target> ALL =
            List.of(
                    ratio("bulk1", "haproxy", 1.4),
                    ratio("bulk1", "kernel", 0.8),
                    ratio("bulk8", "haproxy", 1.4),
                    ratio("bulk8", "kernel", 0.8),
                    ratio("cps", "haproxy", 1.2),
                    ratio("cps", "nftables", 1.1),
                    added("rtt", 25),
                    added("rate", 25));

    private static Target ratio(String trial, String peer, double bound) {
        return new Target(trial, "", peer, bound, false);
    }

    private static Target added(String trial, double micros) {
        return new Target(trial, "p99.9", "kernel", micros, true);
    }

    boolean concerns(Trial candidate, Figure figure) {
        return trial.equals(candidate.name())
                && (label.isEmpty()
                        ? figure.equals(candidate.figures().getFirst())
                        : figure.label().endsWith(label));
    }

    /// The target in words.
    String demand(Peer other) {
        return added
                ? "≤ " + other.title() + " + %.0f µs".formatted(bound)
                : "≥ %.1f × ".formatted(bound) + other.title();
    }

    /// How it went, in words.
    String result(OptionalDouble ratio, OptionalDouble difference) {
        OptionalDouble reached = added ? difference : ratio;
        if (reached.isEmpty()) {
            return "not measured";
        }
        double value = reached.getAsDouble();
        if (added) {
            return "%+.1f µs, ".formatted(value)
                    + (value <= bound ? "met" : "missed by %.1f µs".formatted(value - bound));
        }
        return "%.2f ×, ".formatted(value)
                + (value >= bound
                        ? "met"
                        : "missed by %.1f %%".formatted(100 * (bound - value) / bound));
    }
}
