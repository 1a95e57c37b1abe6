package dev.sluice.director.scheduler;

import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;

/// Round robin: each server in turn, whatever its weight (ipvs.md §5.1).
///
/// State: the id of the server picked last. The search begins behind it, wraps, and ends with it.
public final class RoundRobin implements Scheduler {

    /// Stands before the first server of the list.
    private static final int HEAD = -1;

    private final AtomicInteger last = new AtomicInteger(HEAD);

    @Override
    public String name() {
        return "rr";
    }

    @Override
    public @Nullable RealServer pick(ServerList servers, PacketView packet) {
        while (true) {
            int lastId = last.getPlain();
            RealServer next = firstEligibleAfter(servers, servers.indexOf(lastId));
            if (next == null) {
                return null;
            }
            if (last.compareAndSet(lastId, next.id())) {
                return next;
            }
            // Another worker picked meanwhile; its pick is the new beginning.
        }
    }

    @Override
    public void changed(ServerList before, ServerList after) {
        // Only the removal of the server picked last matters: its predecessor takes its place.
        while (true) {
            int lastId = last.get();
            int index = before.indexOf(lastId);
            while (index >= 0 && after.indexOf(before.get(index).id()) < 0) {
                index--;
            }
            int survivor = index < 0 ? HEAD : before.get(index).id();
            if (survivor == lastId || last.compareAndSet(lastId, survivor)) {
                return;
            }
        }
    }

    private static @Nullable RealServer firstEligibleAfter(ServerList servers, int index) {
        int size = servers.size();
        for (int step = 1; step <= size; step++) {
            RealServer server = servers.get((index + step) % size);
            if (server.isEligible()) {
                return server;
            }
        }
        return null;
    }
}
