package dev.sluice.config.settings;

import dev.sluice.config.settings.VirtualAddress.Route;
import dev.sluice.config.settings.VirtualAddress.Rule;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A whole configuration.
///
/// @param addresses those that are there for as long as the program runs, as are routes and rules
/// @param networkNamespace where to run; null for where it was started
/// @param ipvsNamespace where the virtual servers are; null for the same
/// @param instanceName the name of the program's instance, empty for none
public record Settings(
        Globals globals,
        List<VrrpInstance> instances,
        List<SyncGroup> syncGroups,
        List<Tracker.Script> scripts,
        List<Tracker.File> files,
        List<Tracker.Processes> processes,
        List<Tracker.Bfd> bfdSessions,
        List<VirtualServer> virtualServers,
        List<VirtualAddress> addresses,
        List<Route> routes,
        List<Rule> rules,
        List<InterfaceSettings.TrackGroup> trackGroups,
        List<InterfaceSettings.GarpInterval> garpIntervals,
        List<InterfaceSettings.Delays> interfaceDelays,
        List<InterfaceSettings.Linkbeat> linkbeats,
        @Nullable ClientCertificate clientCertificate,
        @Nullable String networkNamespace,
        @Nullable String ipvsNamespace,
        String instanceName) {

    /// What `SSL_GET` shows a server that asks.
    public record ClientCertificate(
            @Nullable String authorities,
            @Nullable String certificate,
            @Nullable String key,
            @Nullable String password) {}
}
