package dev.sluice.router;

import dev.sluice.vrrp.Tracker;

import java.nio.file.Path;

/// A file that holds a number; a missing or empty one holds 0.
public record TrackedFile(String name, Path path) {

    public Tracker tracker(int weight, boolean reverse) {
        return new Tracker(
                trackerName(), Tracker.Kind.NUMBER, weight, reverse, Tracker.Initially.AWAITED);
    }

    String trackerName() {
        return "file " + name;
    }
}
