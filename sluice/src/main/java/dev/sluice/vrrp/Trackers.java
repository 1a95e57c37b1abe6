package dev.sluice.vrrp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// What is known of a router's trackers, and what follows for its priority.
final class Trackers {

    private final Map<String, Tracker> trackers = new LinkedHashMap<>();
    private final Map<String, Integer> values = new LinkedHashMap<>();

    Trackers(List<Tracker> trackers) {
        trackers.forEach(this::add);
    }

    void add(Tracker tracker) {
        trackers.put(tracker.name(), tracker);
    }

    /// Other trackers in place of these; what is known of those that stay is kept.
    void replace(List<Tracker> newest) {
        trackers.clear();
        newest.forEach(this::add);
        values.keySet().retainAll(trackers.keySet());
    }

    /// Takes note of what a tracker found.
    ///
    /// @return whether anybody asked
    boolean report(String name, int value) {
        if (!trackers.containsKey(name)) {
            return false;
        }
        values.put(name, value);
        return true;
    }

    OptionalInt value(String name) {
        Integer known = values.get(name);
        return known == null ? OptionalInt.empty() : OptionalInt.of(known);
    }

    /// Names of those because of which the router cannot be active.
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        for (Tracker tracker : trackers.values()) {
            if (!isAwaited(tracker) && tracker.isFault(assumed(tracker))) {
                faults.add(tracker.name());
            }
        }
        return faults;
    }

    /// Whether the answer of one that could be a fault is still to come.
    boolean isAwaiting() {
        return trackers.values().stream().anyMatch(this::isAwaited);
    }

    /// The priority that these give: never an owner's, never that of a router that stops. An
    /// owner's own never changes.
    int priority(int base) {
        if (base == Advertisement.OWNER) {
            return base;
        }
        long sum = base;
        for (Tracker tracker : trackers.values()) {
            sum += tracker.contribution(assumed(tracker));
        }
        return Math.clamp(sum, 1, Advertisement.OWNER - 1);
    }

    private int assumed(Tracker tracker) {
        Integer known = values.get(tracker.name());
        if (known != null) {
            return known;
        }
        boolean isGood = tracker.initially() != Tracker.Initially.BAD;
        return tracker.kind() == Tracker.Kind.YES_OR_NO && isGood ? 1 : 0;
    }

    private boolean isAwaited(Tracker tracker) {
        return tracker.initially() == Tracker.Initially.AWAITED
                && tracker.weight() == 0
                && !values.containsKey(tracker.name());
    }
}
