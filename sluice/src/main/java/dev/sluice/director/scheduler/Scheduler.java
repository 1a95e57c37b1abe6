package dev.sluice.director.scheduler;

import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

/// Picks the real server of a new connection. One instance per service, shared by all workers and
/// by all snapshots of the service until its scheduler is changed. Its state, if any, is one atomic
/// word: workers never wait for each other, and one worker alone behaves exactly as the kernel
/// does.
///
/// The algorithms and their tie rules are those of ipvs.md §5.
public interface Scheduler {

    /// As `ipvsadm -s` names it.
    String name();

    /// A server with weight above 0 that is not overloaded, or null. Called on the packet path: no
    /// allocation, time at most linear in the number of servers (wrr: see there).
    @Nullable RealServer pick(ServerList servers, PacketView packet);

    /// The list of servers changed: one was added, edited or removed. Called by control, once for
    /// each change and in order, before the new list is published.
    void changed(ServerList before, ServerList after);
}
