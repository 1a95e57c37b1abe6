package dev.sluice.worker;

import dev.sluice.director.forward.Path;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// The kernel's answer for some destinations: through which interface, to which neighbour, how
/// large. On its way to a single destination there may be two steps: one of several equal ways is
/// chosen ([#chosen]), and on the link the destination itself is the neighbour ([#isOnLink]).
final class CachedRoute implements Path {

    /// Larger than any packet.
    private static final int LOCAL_MTU_BYTES = 65535;

    private final long id;
    private final int interfaceIndex;
    private final int mtuBytes;
    private final boolean local;
    private final boolean onLink;
    private final long sourceMac;
    private @Nullable NextHop nextHop;

    /// Equal ways, and below which 31-bit number each is chosen; empty when this is a single way.
    private final CachedRoute[] ways;

    private final long[] bounds;

    private CachedRoute(
            long id,
            int interfaceIndex,
            int mtuBytes,
            boolean local,
            boolean onLink,
            long sourceMac,
            @Nullable NextHop nextHop) {
        this.id = id;
        this.interfaceIndex = interfaceIndex;
        this.mtuBytes = mtuBytes;
        this.local = local;
        this.onLink = onLink;
        this.sourceMac = sourceMac;
        this.nextHop = nextHop;
        ways = new CachedRoute[0];
        bounds = new long[0];
    }

    private CachedRoute(List<CachedRoute> ways, int[] weights) {
        CachedRoute first = ways.getFirst();
        id = first.id;
        interfaceIndex = first.interfaceIndex;
        mtuBytes = first.mtuBytes;
        local = false;
        onLink = false;
        sourceMac = first.sourceMac;
        this.ways = ways.toArray(CachedRoute[]::new);
        bounds = new long[weights.length];
        long total = 0;
        for (int weight : weights) {
            total += weight;
        }
        long sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i];
            bounds[i] = (sum << 31) / total;
        }
    }

    /// To addresses of this machine.
    static CachedRoute local(long id) {
        return new CachedRoute(id, 0, LOCAL_MTU_BYTES, true, false, -1, null);
    }

    /// To a neighbour, or, on interfaces without link addresses, to whoever is there (null).
    static CachedRoute to(RouteSource.Hop hop, long id, @Nullable NextHop nextHop) {
        return new CachedRoute(
                id, hop.interfaceIndex(), hop.mtuBytes(), false, false, hop.sourceMac(), nextHop);
    }

    /// To any machine on a link.
    static CachedRoute onLink(RouteSource.Hop hop, long id) {
        return new CachedRoute(
                id, hop.interfaceIndex(), hop.mtuBytes(), false, true, hop.sourceMac(), null);
    }

    /// To one machine on a link.
    CachedRoute host(NextHop host) {
        return new CachedRoute(id, interfaceIndex, mtuBytes, false, false, sourceMac, host);
    }

    /// By several ways, each with its share.
    static CachedRoute several(List<CachedRoute> ways, int[] weights) {
        return new CachedRoute(ways, weights);
    }

    @Override
    public int mtuBytes() {
        return mtuBytes;
    }

    @Override
    public boolean isLocal() {
        return local;
    }

    int interfaceIndex() {
        return interfaceIndex;
    }

    /// Told apart by it from the answer before and after.
    long id() {
        return id;
    }

    boolean isOnLink() {
        return onLink;
    }

    long sourceMac() {
        return sourceMac;
    }

    /// Who gets the frames; null on interfaces without link addresses, and for addresses of this
    /// machine.
    @Nullable NextHop neighbour() {
        return nextHop;
    }

    /// The neighbour had been forgotten and was met again.
    void neighbour(NextHop again) {
        nextHop = again;
    }

    /// The way of those with this number, of 31 bits; itself when there is one way only.
    CachedRoute chosen(int number) {
        for (int i = 0; i < ways.length; i++) {
            if (number < bounds[i]) {
                return ways[i];
            }
        }
        return this;
    }
}
