package dev.sluice.control;

import dev.sluice.director.scheduler.Schedulers;
import dev.sluice.director.service.Protocol;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.function.Function;

/// What the director can carry out. A [Table] refuses the rest as a kernel refuses whose module is
/// missing, so that nothing is ever accepted and then not done.
///
/// @param schedulers what makes a scheduler of a name, or null when there is none
/// @param engines persistence engines
public record Capabilities(
        Function<String, Schedulers.@Nullable Factory> schedulers,
        Set<Protocol> protocols,
        Set<String> engines) {

    /// What the director can do: all protocols with its own schedulers, no engine.
    public static final Capabilities DIRECTOR =
            new Capabilities(Schedulers::named, Set.of(Protocol.values()), Set.of());
}
