package dev.sluice.director.service;

/// What is special about how a service's packets are handled.
///
/// @param onePacket every UDP datagram is scheduled afresh
public record Handling(boolean onePacket) {

    /// Nothing.
    public static final Handling PLAIN = new Handling(false);
}
