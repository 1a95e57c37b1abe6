package dev.sluice.router;

import dev.sluice.script.Script;
import dev.sluice.vrrp.Tracker;

/// A script that is run again and again; its success is good.
///
/// @param intervalMillis from start to start; a run that takes longer delays the next
/// @param rise how many successes in a row make it good
/// @param fall how many failures in a row make it bad
/// @param failsInitially whether it counts as bad before the first result
public record TrackedScript(
        String name,
        Script script,
        long intervalMillis,
        long timeoutMillis,
        int rise,
        int fall,
        boolean failsInitially) {

    public Tracker tracker(int weight, boolean reverse) {
        return new Tracker(
                trackerName(),
                Tracker.Kind.YES_OR_NO,
                weight,
                reverse,
                failsInitially ? Tracker.Initially.BAD : Tracker.Initially.AWAITED);
    }

    String trackerName() {
        return "script " + name;
    }
}
