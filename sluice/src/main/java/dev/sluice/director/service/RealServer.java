package dev.sluice.director.service;

import dev.sluice.wire.Address;

/// A machine behind a virtual service, as one configuration snapshot sees it. Settings are
/// immutable; [#tally] is live and the same object through all snapshots of this server.
///
/// @param id where [Configuration#server] finds the current snapshot of this server; connection
///   records hold it. An id is given to another server only when no connection refers to it.
/// @param port 1–65535, or 0: the port the client used
/// @param weight 0 (quiesced: gets no new connections) to 2147483647
/// @param available false once removed: its connections stay and are dropped silently
/// @param upperThreshold connections from which on it is overloaded, 0: never
/// @param lowerThreshold connections below which it is no longer overloaded, 0: three quarters
public record RealServer(
        int id,
        Address address,
        int port,
        Forwarding forwarding,
        int weight,
        int upperThreshold,
        int lowerThreshold,
        boolean available,
        Tally tally) {}
