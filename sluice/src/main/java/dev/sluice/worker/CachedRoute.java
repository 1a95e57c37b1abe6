package dev.sluice.worker;

import dev.sluice.director.forward.Path;

import org.jspecify.annotations.Nullable;

/// The kernel's answer for one destination: through which interface, to which neighbour, how large.
final class CachedRoute implements Path {

    private final int interfaceIndex;
    private final int mtuBytes;
    private final boolean local;
    private final @Nullable NextHop neighbour;

    /// @param neighbour who gets the frames; null on interfaces without link addresses, and for
    ///   addresses of this machine
    CachedRoute(int interfaceIndex, int mtuBytes, boolean local, @Nullable NextHop neighbour) {
        this.interfaceIndex = interfaceIndex;
        this.mtuBytes = mtuBytes;
        this.local = local;
        this.neighbour = neighbour;
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

    @Nullable NextHop neighbour() {
        return neighbour;
    }
}
