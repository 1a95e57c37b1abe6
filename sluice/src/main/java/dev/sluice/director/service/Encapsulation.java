package dev.sluice.director.service;

import dev.sluice.wire.IpProtocol;

import java.util.Locale;

/// How packets to a tunnelled real server are wrapped. Servers with another [Forwarding] have
/// [#IPIP].
///
/// @param port the UDP port of GUE, else 0
public record Encapsulation(Type type, int port, Checksum checksum) {

    public static final Encapsulation IPIP = new Encapsulation(Type.IPIP, 0, Checksum.NONE);

    /// The IP protocol of the packets that carry those of a family.
    public int protocol(boolean innerIpv6) {
        return switch (type) {
            case IPIP -> innerIpv6 ? IpProtocol.IPV6 : IpProtocol.IPV4;
            case GUE -> IpProtocol.UDP;
            case GRE -> IpProtocol.GRE;
        };
    }

    public boolean hasChecksum() {
        return checksum != Checksum.NONE;
    }

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
