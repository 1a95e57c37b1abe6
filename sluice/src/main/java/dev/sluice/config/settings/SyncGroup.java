package dev.sluice.config.settings;

import dev.sluice.config.text.Place;

import java.util.List;

/// Instances that change their state together.
///
/// @param instances names
/// @param keepsWeights whether the weights of its members' trackers count; otherwise each failure
///   is a fault
public record SyncGroup(
        Place place,
        String name,
        List<String> instances,
        Tracker.Uses trackers,
        Notifications notifications,
        boolean keepsWeights) {}
