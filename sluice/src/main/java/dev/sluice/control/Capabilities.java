package dev.sluice.control;

import dev.sluice.director.scheduler.Scheduler;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServerList;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.function.Function;

/// What the director can carry out. A [Table] refuses the rest as a kernel refuses whose module is
/// missing, so that nothing is ever accepted and then not done.
///
/// @param schedulers what makes a scheduler of a name, or null when there is none
/// @param engines persistence engines
/// @param onePacket one-packet scheduling
/// @param tunnels forwarding by tunnel
public record Capabilities(
        Function<String, @Nullable SchedulerFactory> schedulers,
        Set<Protocol> protocols,
        Set<String> engines,
        boolean onePacket,
        boolean tunnels) {

    /// Makes the scheduler of a service that has these servers at this moment.
    @FunctionalInterface
    public interface SchedulerFactory {
        Scheduler create(ServerList present);
    }

    /// TCP and UDP, no engine, no one-packet scheduling, no tunnel.
    public static Capabilities with(Function<String, @Nullable SchedulerFactory> schedulers) {
        return new Capabilities(
                schedulers, Set.of(Protocol.TCP, Protocol.UDP), Set.of(), false, false);
    }
}
