package dev.sluice.control;

import java.util.Map;
import java.util.function.LongSupplier;

/// One number that somebody keeps, and what it means.
///
/// @param name as Prometheus has it, such as `sluice_dropped_packets_total`: counters end in
///   `_total` and only grow
/// @param labels which of the numbers of that name, such as `reason` → `no_route`
/// @param words what it counts, in a few words: `dropped, no route`
/// @param explanation a sentence for whoever meets it first
/// @param remedy what an operator can do when it grows, or an empty text when it is no trouble
/// @param value read by any thread
public record Metric(
        String name,
        Map<String, String> labels,
        String words,
        String explanation,
        String remedy,
        LongSupplier value) {

    public Metric {
        labels = Map.copyOf(labels);
    }

    public long read() {
        return value.getAsLong();
    }

    /// Whether it only grows; else it is a state.
    public boolean isCounter() {
        return name.endsWith("_total");
    }

    /// Whether somebody should do something when it grows.
    public boolean isTrouble() {
        return !remedy.isEmpty();
    }
}
