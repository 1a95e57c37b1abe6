package dev.sluice.control;

import dev.sluice.director.service.Handling;
import dev.sluice.director.service.Persistence;

import org.jspecify.annotations.Nullable;

/// Everything about a virtual service that an edit replaces.
///
/// @param schedulerFlags bits 0–2 are IPVS's scheduler flags 1–3
/// @param persistence null: not persistent
/// @param engine the persistence engine, or an empty string
/// @param onePacket every datagram is scheduled afresh
public record ServiceSettings(
        String scheduler,
        int schedulerFlags,
        @Nullable Persistence persistence,
        String engine,
        boolean onePacket) {

    /// What the director is told of them beside scheduler and persistence.
    Handling handling() {
        return onePacket ? new Handling(true) : Handling.PLAIN;
    }

    /// A service that has a scheduler and nothing else.
    public static ServiceSettings scheduledBy(String scheduler) {
        return new ServiceSettings(scheduler, 0, null, "", false);
    }
}
