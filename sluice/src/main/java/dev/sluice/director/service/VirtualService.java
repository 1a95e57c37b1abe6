package dev.sluice.director.service;

import dev.sluice.director.scheduler.Scheduler;

import org.jspecify.annotations.Nullable;

/// A virtual service as one configuration snapshot sees it. Immutable but for the scheduler's
/// cursor and the tally, which are live and shared by all snapshots of this service.
public record VirtualService(
        int id,
        ServiceKey key,
        Scheduler scheduler,
        @Nullable Persistence persistence,
        ServerList servers,
        Tally tally) {}
