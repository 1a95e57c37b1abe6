package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;

/// The choice of sh and mh: a client leads to a slot of a table of servers. Where that server gets
/// no connections there is none, unless the flags have other slots probed ([Hash#FALLBACK]).
final class HashPick implements Pick {

    private final Slots slots;
    private final @Nullable RealServer[] table;
    private final int flags;

    /// How a scheduler fills its table, and finds its way in it.
    interface Slots {

        @Nullable RealServer[] table(ServerList servers);

        /// Where a client's number leads.
        int first(int client);

        /// Where it leads next.
        ///
        /// @param attempt from 0, less than there are slots
        int next(int first, int attempt, int client);
    }

    HashPick(Slots slots, ServerList servers, int flags) {
        this.slots = slots;
        this.table = slots.table(servers);
        this.flags = flags;
    }

    @Override
    public @Nullable RealServer server(Flow flow, long nowNanos) {
        return preview(flow, nowNanos);
    }

    @Override
    public @Nullable RealServer preview(Flow flow, long nowNanos) {
        int client = Hash.fold(flow.sourceHigh(), flow.sourceLow()) + Hash.port(flow, flags);
        int first = slots.first(client);
        RealServer server = table[first];
        if (server == null || server.isEligible()) {
            return server;
        }
        return (flags & Hash.FALLBACK) == 0 ? null : fallback(first, client);
    }

    private @Nullable RealServer fallback(int first, int client) {
        for (int attempt = 0; attempt < table.length; attempt++) {
            RealServer server = table[slots.next(first, attempt, client)];
            if (server != null && server.isEligible()) {
                return server;
            }
        }
        return null;
    }

    @Override
    public Pick edited(ServerList after, int newFlags) {
        return new HashPick(slots, after, newFlags);
    }
}
