package dev.sluice.director.service;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// How packets reach a real server, as an operator asks for it. The ordinal is not the wire value;
/// [#kernelFlag] is the number IPVS keeps in the low three bits of a connection's flags.
public enum Forwarding {
    /// Network address translation both ways (`-m`).
    NAT(0),
    /// The packet goes inside another one to the real server, which unwraps it (`-i`);
    /// [Encapsulation] says how.
    TUNNEL(2),
    /// The frame goes to the real server's link address, the packet stays as it is (`-g`).
    DIRECT_ROUTING(3);

    private static final @Nullable Forwarding[] BY_KERNEL_FLAG = new Forwarding[8];

    static {
        for (Forwarding forwarding : values()) {
            BY_KERNEL_FLAG[forwarding.kernelFlag] = forwarding;
        }
    }

    private final int kernelFlag;

    Forwarding(int kernelFlag) {
        this.kernelFlag = kernelFlag;
    }

    /// By [#kernelFlag] of one of them.
    public static Forwarding of(int kernelFlag) {
        return Objects.requireNonNull(BY_KERNEL_FLAG[kernelFlag], "no such method");
    }

    public int kernelFlag() {
        return kernelFlag;
    }
}
