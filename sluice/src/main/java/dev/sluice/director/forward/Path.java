package dev.sluice.director.forward;

/// How packets to one address leave this machine. Whoever implements [Paths] knows more about its
/// own paths (interface, next hop, link address); the director needs only this.
public interface Path {

    /// The largest IP packet that fits, in bytes.
    int mtuBytes();

    /// Whether the address is one of this machine's own.
    boolean isLocal();
}
