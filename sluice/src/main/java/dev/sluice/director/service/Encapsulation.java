package dev.sluice.director.service;

import java.util.Locale;

/// How packets to a tunnelled real server are wrapped. Servers with another [Forwarding] have
/// [#IPIP].
///
/// @param port the UDP port of GUE, else 0
public record Encapsulation(Type type, int port, Checksum checksum) {

    public static final Encapsulation IPIP = new Encapsulation(Type.IPIP, 0, Checksum.NONE);

    /// The encapsulation.
    public enum Type {
        IPIP,
        GUE,
        GRE;

        /// As `--tun-type` names it.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The tunnel header's checksum.
    public enum Checksum {
        NONE,
        FULL,
        /// GUE's remote checksum offload.
        REMOTE
    }
}
