package dev.sluice.director;

/// Which worker owns a connection: a keyed mix of the client's endpoint, scaled to the number of
/// workers. A packet to the service carries that endpoint as its source, a reply as its
/// destination, so both reach one worker. The gate computes the same in eBPF, from the constants
/// here.
///
/// @param key0 with `key1` 128 random bits, the same in the gate
/// @param workers at least 1
public record Steering(long key0, long key1, int workers) {

    /// For a single worker.
    public static final Steering ALONE = new Steering(0, 0, 1);

    public static final long OUTER_MULTIPLIER = 0x9E3779B97F4A7C15L;
    public static final long INNER_MULTIPLIER = 0xC2B2AE3D27D4EB4FL;
    public static final int OUTER_FOLD_BITS = 32;
    public static final int INNER_FOLD_BITS = 29;

    /// The index of the worker that owns this client's connections.
    ///
    /// @param clientHigh the address as in [dev.sluice.wire.Address]
    /// @param clientPort 0 where connections of one client must stay together (persistent
    ///   services); the address is then masked by
    ///   [dev.sluice.director.service.Configuration#clientMask]
    public int worker(long clientHigh, long clientLow, int clientPort) {
        return mix(clientHigh, clientLow, clientPort, key0, key1, workers);
    }

    /// The function itself: a keyed mix of three numbers, evenly spread over `buckets`.
    public static int mix(long high, long low, int port, long key0, long key1, int buckets) {
        long h = key0 ^ high;
        h *= OUTER_MULTIPLIER;
        h ^= h >>> OUTER_FOLD_BITS;
        h ^= low ^ key1;
        h *= INNER_MULTIPLIER;
        h ^= h >>> INNER_FOLD_BITS;
        h ^= port;
        h *= OUTER_MULTIPLIER;
        h ^= h >>> OUTER_FOLD_BITS;
        return (int) ((h & 0xffff_ffffL) * buckets >>> 32);
    }
}
