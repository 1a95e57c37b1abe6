package dev.sluice.director;

import java.util.function.Consumer;

/// What a director is told once, at its start. Each worker has its own director, so limits count
/// per worker.
///
/// @param maxConnections connections and templates held at most; beyond that new ones are dropped
/// @param hashKey0 with `hashKey1` 128 random bits that key the connection table
/// @param steering how packets are shared among the workers
/// @param icmpPerSecond how many ICMP errors are sent per second in the long run; *too big*
///   messages are not limited, because a flow stalls without them
/// @param icmpBurst how many may be sent at once
/// @param reuseMode `conn_reuse_mode` of IPVS: 0: a SYN follows the connection it finds; other
///   values: one that finds a closed connection is scheduled anew; with the bit of value 2 also in
///   FIN_WAIT under direct routing
/// @param expireWithoutServer `expire_nodest_conn`: a packet of a connection whose real server is
///   gone ends the connection instead of being dropped silently
/// @param expireQuiescentTemplate a template does not lead to a real server of weight 0
public record DirectorSettings(
        int maxConnections,
        long hashKey0,
        long hashKey1,
        Steering steering,
        int icmpPerSecond,
        int icmpBurst,
        int reuseMode,
        boolean expireWithoutServer,
        boolean expireQuiescentTemplate) {

    /// As IPVS starts, with a zero key, which is good for tests only.
    public static final DirectorSettings DEFAULT =
            new DirectorSettings(1 << 22, 0, 0, Steering.ALONE, 1000, 50, 1, false, false);

    /// These settings with some of them changed, as in `DEFAULT.with(it -> it.reuseMode = 0)`.
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
        public int reuseMode;
        public boolean expireWithoutServer;
        public boolean expireQuiescentTemplate;

        private Changes(DirectorSettings from) {
            maxConnections = from.maxConnections;
            hashKey0 = from.hashKey0;
            hashKey1 = from.hashKey1;
            steering = from.steering;
            icmpPerSecond = from.icmpPerSecond;
            icmpBurst = from.icmpBurst;
            reuseMode = from.reuseMode;
            expireWithoutServer = from.expireWithoutServer;
            expireQuiescentTemplate = from.expireQuiescentTemplate;
        }

        private DirectorSettings settings() {
            return new DirectorSettings(
                    maxConnections,
                    hashKey0,
                    hashKey1,
                    steering,
                    icmpPerSecond,
                    icmpBurst,
                    reuseMode,
                    expireWithoutServer,
                    expireQuiescentTemplate);
        }
    }
}
