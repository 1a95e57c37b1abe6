package dev.sluice.config.settings;

import org.jspecify.annotations.Nullable;

/// Whom an instance or a group tells about its states. Each script may be null.
///
/// @param any run at any transition, with four more arguments
/// @param lowerPriority a master heard another with a lower priority
/// @param deleted run when a reload removes the instance
/// @param saysDeleted whether a removed instance reports DELETED, rather than FAULT
/// @param priorityChanges whether changes of priority are events as well
public record Notifications(
        @Nullable Script master,
        @Nullable Script backup,
        @Nullable Script fault,
        @Nullable Script stop,
        @Nullable Script any,
        @Nullable Script lowerPriority,
        @Nullable Script deleted,
        boolean saysDeleted,
        boolean priorityChanges,
        boolean mail) {}
