package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

/// Choices that only depend on the servers as they are: nothing is remembered.
record ListPick(ServerList servers, Choice choice) implements Pick {

    /// The best of a list.
    @FunctionalInterface
    interface Choice {
        @Nullable RealServer among(ServerList servers);
    }

    @Override
    public @Nullable RealServer server(Flow flow, long nowNanos) {
        return choice.among(servers);
    }

    @Override
    public @Nullable RealServer preview(Flow flow, long nowNanos) {
        return choice.among(servers);
    }

    @Override
    public Pick edited(ServerList after, int flags) {
        return new ListPick(after, choice);
    }
}
