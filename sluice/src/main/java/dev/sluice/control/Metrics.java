package dev.sluice.control;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Every number that Sluice keeps about itself, in the order in which their owners registered them.
/// Status, the log, and whoever exports them read the same list.
public final class Metrics {

    private final List<Metric> all = new CopyOnWriteArrayList<>();

    public void register(Metric metric) {
        all.add(metric);
    }

    public List<Metric> all() {
        return List.copyOf(all);
    }
}
