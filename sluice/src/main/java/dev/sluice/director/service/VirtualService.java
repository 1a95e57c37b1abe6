package dev.sluice.director.service;

import org.jspecify.annotations.Nullable;

/// A virtual service as one configuration snapshot sees it. Immutable; the scheduler and the tally
/// are live and shared by all snapshots of this service.
///
/// @param schedulerFlags bits 0–2 are IPVS's scheduler flags 1–3
/// @param pick the scheduler's choices among these servers
public record VirtualService(
        int id,
        ServiceKey key,
        Scheduler scheduler,
        int schedulerFlags,
        @Nullable Persistence persistence,
        Handling handling,
        ServerList servers,
        Pick pick,
        Tally tally) {

    /// A service without servers.
    public static VirtualService of(
            int id,
            ServiceKey key,
            Scheduler scheduler,
            int schedulerFlags,
            @Nullable Persistence persistence,
            Tally tally) {
        Pick pick = scheduler.compile(ServerList.EMPTY, schedulerFlags);
        return new VirtualService(
                id,
                key,
                scheduler,
                schedulerFlags,
                persistence,
                Handling.PLAIN,
                ServerList.EMPTY,
                pick,
                tally);
    }

    /// This service after one server was added, edited or removed.
    public VirtualService withServers(ServerList after) {
        Pick edited = pick.edited(after, schedulerFlags);
        return new VirtualService(
                id, key, scheduler, schedulerFlags, persistence, handling, after, edited, tally);
    }

    /// Whether one worker takes all connections of a client: what is known of one of them decides
    /// about others.
    public boolean isSteeredByAddress() {
        return persistence != null || key.isFtp();
    }

    public VirtualService withPersistence(@Nullable Persistence newPersistence) {
        return new VirtualService(
                id, key, scheduler, schedulerFlags, newPersistence, handling, servers, pick, tally);
    }

    public VirtualService withHandling(Handling newHandling) {
        return new VirtualService(
                id, key, scheduler, schedulerFlags, persistence, newHandling, servers, pick, tally);
    }

    /// This service with another scheduler, which meets all servers at once (ipvs.md §1.7), or with
    /// other flags for the one that it has.
    @SuppressWarnings("ReferenceEquality") // a scheduler is its live state, not a value
    public VirtualService withScheduler(Scheduler newScheduler, int newFlags) {
        if (newScheduler == scheduler && newFlags == schedulerFlags) {
            return this;
        }
        Pick compiled = newScheduler.compile(servers, newFlags);
        return new VirtualService(
                id, key, newScheduler, newFlags, persistence, handling, servers, compiled, tally);
    }
}
