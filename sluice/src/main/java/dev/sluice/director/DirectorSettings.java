package dev.sluice.director;

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

    public DirectorSettings withMaxConnections(int newMaxConnections) {
        return new DirectorSettings(
                newMaxConnections,
                hashKey0,
                hashKey1,
                steering,
                icmpPerSecond,
                icmpBurst,
                reuseMode,
                expireWithoutServer,
                expireQuiescentTemplate);
    }

    public DirectorSettings withHashKey(long key0, long key1) {
        return new DirectorSettings(
                maxConnections,
                key0,
                key1,
                steering,
                icmpPerSecond,
                icmpBurst,
                reuseMode,
                expireWithoutServer,
                expireQuiescentTemplate);
    }

    public DirectorSettings withSteering(Steering newSteering) {
        return new DirectorSettings(
                maxConnections,
                hashKey0,
                hashKey1,
                newSteering,
                icmpPerSecond,
                icmpBurst,
                reuseMode,
                expireWithoutServer,
                expireQuiescentTemplate);
    }

    public DirectorSettings withIcmpLimit(int perSecond, int burst) {
        return new DirectorSettings(
                maxConnections,
                hashKey0,
                hashKey1,
                steering,
                perSecond,
                burst,
                reuseMode,
                expireWithoutServer,
                expireQuiescentTemplate);
    }

    public DirectorSettings withReuseMode(int newReuseMode) {
        return new DirectorSettings(
                maxConnections,
                hashKey0,
                hashKey1,
                steering,
                icmpPerSecond,
                icmpBurst,
                newReuseMode,
                expireWithoutServer,
                expireQuiescentTemplate);
    }

    public DirectorSettings withExpireWithoutServer(boolean expire) {
        return new DirectorSettings(
                maxConnections,
                hashKey0,
                hashKey1,
                steering,
                icmpPerSecond,
                icmpBurst,
                reuseMode,
                expire,
                expireQuiescentTemplate);
    }

    public DirectorSettings withExpireQuiescentTemplate(boolean expire) {
        return new DirectorSettings(
                maxConnections,
                hashKey0,
                hashKey1,
                steering,
                icmpPerSecond,
                icmpBurst,
                reuseMode,
                expireWithoutServer,
                expire);
    }
}
