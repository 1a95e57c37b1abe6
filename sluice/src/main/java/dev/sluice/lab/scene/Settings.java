package dev.sluice.lab.scene;

import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

/// What the user of a lab chose, whichever the scene.
///
/// @param scheduler null: the tutorial's
/// @param persistence seconds; null: the tutorial's; 0: `-p` alone, ipvsadm's own default
/// @param requests how many
/// @param workers 0: the director's default
/// @param hold keep everything up afterwards
record Settings(
        int realServers,
        Family family,
        @Nullable String scheduler,
        @Nullable Integer persistence,
        boolean udp,
        int requests,
        int workers,
        boolean hold) {}
