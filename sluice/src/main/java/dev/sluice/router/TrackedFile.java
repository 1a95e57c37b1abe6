package dev.sluice.router;

import dev.sluice.vrrp.Tracker;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// A file that holds a number; a missing or empty one holds 0.
///
/// @param initialValue what it is made with when it is missing; null: it is not made
/// @param isOverwritten whether it is made anew at each start
public record TrackedFile(
        String name, Path path, @Nullable Long initialValue, boolean isOverwritten) {

    public static TrackedFile of(String name, Path path) {
        return new TrackedFile(name, path, null, false);
    }

    public Tracker tracker(int weight, boolean reverse) {
        return new Tracker(
                trackerName(), Tracker.Kind.NUMBER, weight, reverse, Tracker.Initially.AWAITED);
    }

    String trackerName() {
        return "file " + name;
    }
}
