package dev.sluice.director;

import java.util.function.Consumer;

/// What a director is told once, at its start; what may change is the configuration's
/// [dev.sluice.director.service.Policy]. Each worker has its own director, so limits count per
/// worker.
///
/// @param maxConnections connections and templates held at most; beyond that new ones are dropped
/// @param hashKey0 with `hashKey1` 128 random bits that key the connection table
/// @param steering how packets are shared among the workers
/// @param icmpPerSecond how many ICMP errors are sent per second in the long run; *too big*
///   messages are not limited, because a flow stalls without them
/// @param icmpBurst how many may be sent at once
public record DirectorSettings(
        int maxConnections,
        long hashKey0,
        long hashKey1,
        Steering steering,
        int icmpPerSecond,
        int icmpBurst) {

    /// As Linux starts, with a zero key, which is good for tests only.
    public static final DirectorSettings DEFAULT =
            new DirectorSettings(1 << 22, 0, 0, Steering.ALONE, 1000, 50);

    /// These settings with some of them changed, as in `DEFAULT.with(it -> it.icmpBurst = 6)`.
    public DirectorSettings with(Consumer<Changes> changes) {
        Changes changed = new Changes(this);
        changes.accept(changed);
        return changed.settings();
    }

    /// The settings again, to be written to.
    public static final class Changes {
        public int maxConnections;
        public long hashKey0;
        public long hashKey1;
        public Steering steering;
        public int icmpPerSecond;
        public int icmpBurst;

        private Changes(DirectorSettings from) {
            maxConnections = from.maxConnections;
            hashKey0 = from.hashKey0;
            hashKey1 = from.hashKey1;
            steering = from.steering;
            icmpPerSecond = from.icmpPerSecond;
            icmpBurst = from.icmpBurst;
        }

        private DirectorSettings settings() {
            return new DirectorSettings(
                    maxConnections, hashKey0, hashKey1, steering, icmpPerSecond, icmpBurst);
        }
    }
}
