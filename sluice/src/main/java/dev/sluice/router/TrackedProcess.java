package dev.sluice.router;

import dev.sluice.vrrp.Tracker;

import java.util.List;

/// A program of which so many processes must run.
///
/// @param process the command's name, without its folder
/// @param arguments none for any; else all of them
/// @param quorum at least
/// @param mostAllowed at most
public record TrackedProcess(
        String name, String process, List<String> arguments, int quorum, int mostAllowed) {

    public TrackedProcess {
        arguments = List.copyOf(arguments);
    }

    public Tracker tracker(int weight, boolean reverse) {
        return new Tracker(
                trackerName(), Tracker.Kind.YES_OR_NO, weight, reverse, Tracker.Initially.AWAITED);
    }

    String trackerName() {
        return "process " + name;
    }
}
