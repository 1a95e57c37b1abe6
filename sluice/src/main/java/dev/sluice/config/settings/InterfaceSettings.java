package dev.sluice.config.settings;

import dev.sluice.config.text.Place;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// What is said of interfaces, and of instances together, outside of instances.
public sealed interface InterfaceSettings {

    /// Instances that fail when a static item with the group's name is lost.
    record TrackGroup(Place place, String name, List<String> instances)
            implements InterfaceSettings {}

    /// The least time between two gratuitous ARP messages, or unsolicited neighbour advertisements,
    /// on these interfaces together. Null: as everywhere.
    record GarpInterval(
            Place place,
            List<String> interfaces,
            @Nullable Duration arpInterval,
            @Nullable Duration neighbourInterval)
            implements InterfaceSettings {}

    /// How long an interface must be down, or up again, before that is believed.
    record Delays(Place place, String name, Duration down, Duration up)
            implements InterfaceSettings {}

    /// An interface whose carrier is asked for, by this method or the first that works.
    record Linkbeat(Place place, String name, @Nullable String method)
            implements InterfaceSettings {}
}
