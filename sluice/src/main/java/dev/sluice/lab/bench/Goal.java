package dev.sluice.lab.bench;

import java.util.List;
import java.util.OptionalDouble;

/// What Sluice is meant to reach: beside a peer, or by itself. Set for the eBPF gate; direct mode,
/// which is for trying it without privileges, has none.
///
/// @param trial its name
/// @param label of the figure, or the end of it
/// @param peer beside whom; nobody for [Kind#OWN]
/// @param bound a ratio that is to be reached, microseconds that may be added, or a value
record Goal(String trial, String label, String peer, double bound, Kind kind) {

    /// What the bound is.
    enum Kind {
        /// Times what the peer reaches.
        RATIO,
        /// What may be added to the peer's.
        ADDED,
        /// The figure itself.
        OWN
    }

    /// One round may be anything, and two give no middle.
    private static final int ROUNDS_FOR_A_VERDICT = 3;

    static final List<Goal> ALL =
            List.of(
                    ratio("bulk1", "haproxy", 1.4),
                    ratio("bulk1", "kernel", 0.8),
                    ratio("bulk8", "haproxy", 1.4),
                    ratio("bulk8", "kernel", 0.8),
                    ratio("cps", "haproxy", 1.2),
                    ratio("cps", "nftables", 1.1),
                    added("rtt", 25),
                    added("rate", 25),
                    new Goal("addresses", "", "sluice", 0.95, Kind.OWN));

    private static Goal ratio(String trial, String peer, double bound) {
        return new Goal(trial, "", peer, bound, Kind.RATIO);
    }

    private static Goal added(String trial, double micros) {
        return new Goal(trial, "p99.9", "kernel", micros, Kind.ADDED);
    }

    boolean concerns(Trial candidate, Figure figure) {
        return trial.equals(candidate.name())
                && (label.isEmpty()
                        ? figure.equals(candidate.figures().getFirst())
                        : figure.label().endsWith(label));
    }

    /// The target in words.
    String demand(Peer other) {
        return switch (kind) {
            case RATIO -> "≥ %.1f × ".formatted(bound) + other.title();
            case ADDED -> "≤ " + other.title() + " + %.0f µs".formatted(bound);
            case OWN -> "≥ %.2f".formatted(bound);
        };
    }

    /// How it went, in words.
    ///
    /// @param reached the ratio, the difference, or the value
    /// @param rounds that were measured; from few of them nothing follows
    String result(OptionalDouble reached, int rounds) {
        if (reached.isEmpty()) {
            return "not measured";
        }
        double value = reached.getAsDouble();
        String measured =
                switch (kind) {
                    case RATIO -> "%.2f ×".formatted(value);
                    case ADDED -> "%+.1f µs".formatted(value);
                    case OWN -> "%.2f".formatted(value);
                };
        return measured
                + ", "
                + (rounds < ROUNDS_FOR_A_VERDICT
                        ? "no verdict from %d of at least %d rounds"
                                .formatted(rounds, ROUNDS_FOR_A_VERDICT)
                        : verdict(value));
    }

    private String verdict(double value) {
        boolean met = kind == Kind.ADDED ? value <= bound : value >= bound;
        if (met) {
            return "met";
        }
        return kind == Kind.ADDED
                ? "missed by %.1f µs".formatted(value - bound)
                : "missed by %.1f %%".formatted(100 * (bound - value) / bound);
    }
}
