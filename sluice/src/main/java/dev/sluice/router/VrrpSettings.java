package dev.sluice.router;

import java.util.List;

/// Everything that the virtual routers of one host are told.
///
/// @param fifos files that each change is written to, a line each
/// @param arpGapNanos between two gratuitous ARP messages on an interface
/// @param neighbourGapNanos between two neighbour advertisements on an interface
/// @param refusesUnsafeScripts whether a script that others could have changed is not run, or only
///   complained about
public record VrrpSettings(
        List<Instance> instances,
        List<RouterGroup> groups,
        List<TrackedScript> scripts,
        List<TrackedFile> files,
        List<TrackedProcess> processes,
        List<String> fifos,
        long arpGapNanos,
        long neighbourGapNanos,
        boolean refusesUnsafeScripts) {

    public VrrpSettings {
        instances = List.copyOf(instances);
        groups = List.copyOf(groups);
        scripts = List.copyOf(scripts);
        files = List.copyOf(files);
        processes = List.copyOf(processes);
        fifos = List.copyOf(fifos);
    }

    public static VrrpSettings of(Instance... instances) {
        return new VrrpSettings(
                List.of(instances),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                0,
                0,
                false);
    }
}
