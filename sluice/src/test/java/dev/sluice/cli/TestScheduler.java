package dev.sluice.cli;

import dev.sluice.control.Capabilities;
import dev.sluice.director.service.Pick;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.wire.Flow;

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
                Set.of("sip"));
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new Nobody();
    }

    private record Nobody() implements Pick {
        @Override
        public @Nullable RealServer server(Flow flow, long nowNanos) {
            return null;
        }

        @Override
        public @Nullable RealServer preview(Flow flow, long nowNanos) {
            return null;
        }

        @Override
        public Pick edited(ServerList after, int flags) {
            return this;
        }
    }
}
