package dev.sluice.control;

import dev.sluice.director.service.Forwarding;

import org.jspecify.annotations.Nullable;

/// The forwarding methods that an operator can ask for.
public enum Method {
    /// `-m`
    MASQUERADING(Forwarding.NAT),
    /// `-g`
    DIRECT_ROUTING(Forwarding.DIRECT_ROUTING),
    /// `-i`
    TUNNEL(null);

    private final @Nullable Forwarding forwarding;

    Method(@Nullable Forwarding forwarding) {
        this.forwarding = forwarding;
    }

    /// How the director does it, or null when it cannot yet: see [Capabilities#tunnels].
    public @Nullable Forwarding forwarding() {
        return forwarding;
    }
}
