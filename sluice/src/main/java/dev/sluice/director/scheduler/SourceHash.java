package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;

import org.jspecify.annotations.Nullable;

/// Source hashing: one client address, one server (ipvs.md §5.11).
///
/// A table of 256 slots: each server in turn takes as many consecutive ones as it weighs, and again
/// from the first server on until all are taken. One of weight 0 takes a slot, too. Weights that
/// add up to much more than 256 leave some servers without any.
///
/// Without `sh-fallback` there is no server where the hash leads to one that gets no connections.
/// With it other slots are probed; that the first hash is counted in twice is Linux's way, and so
/// the picks are its, too.
public final class SourceHash implements Scheduler, HashPick.Slots {

    @Override
    public String name() {
        return "sh";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new HashPick(this, present, flags);
    }

    @Override
    public @Nullable RealServer[] table(ServerList servers) {
        @Nullable RealServer[] table = new RealServer[Hash.SLOTS];
        int server = 0;
        int taken = 0;
        for (int slot = 0; slot < Hash.SLOTS && servers.size() > 0; slot++) {
            table[slot] = servers.get(server);
            taken++;
            if (taken >= servers.get(server).weight()) {
                server = (server + 1) % servers.size();
                taken = 0;
            }
        }
        return table;
    }

    @Override
    public int first(int client) {
        return Hash.slot(client);
    }

    @Override
    public int next(int first, int attempt, int client) {
        return (2 * first + attempt) % Hash.SLOTS;
    }
}
