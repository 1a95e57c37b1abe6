package dev.sluice.cli;

import dev.sluice.control.Capabilities;
import dev.sluice.director.scheduler.Scheduler;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/// Schedulers in name only.
record TestScheduler(String name) implements Scheduler {

    private static final Set<String> KERNEL =
            Set.of(
                    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf",
                    "mh");

    /// Everything that the kernel of the transcripts could do.
    static Capabilities everything() {
        return new Capabilities(
                name -> KERNEL.contains(name) ? _ -> new TestScheduler(name) : null,
                Set.of(Protocol.values()),
                Set.of("sip"),
                true,
                true);
    }

    @Override
    public @Nullable RealServer pick(ServerList servers, PacketView packet) {
        return null;
    }

    @Override
    public void changed(ServerList before, ServerList after) {}
}
