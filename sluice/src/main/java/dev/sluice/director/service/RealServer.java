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
        Tally tally) {

    /// Whether a scheduler may return it: not quiesced and not overloaded.
    public boolean isEligible() {
        return weight > 0 && !tally.isOverloaded();
    }

    /// To be called when a connection or template was bound to it and counted: the one that reaches
    /// the upper threshold overloads it (ipvs.md §2.4).
    public void afterBinding() {
        if (upperThreshold != 0 && connections() >= upperThreshold) {
            tally.setOverloaded(true);
        }
    }

    /// To be called when a connection or template that referred to it is gone from the tally.
    public void afterUnbinding() {
        if (!tally.isOverloaded()) {
            return;
        }
        boolean room;
        if (lowerThreshold != 0) {
            room = connections() < lowerThreshold;
        } else if (upperThreshold != 0) {
            room = 4 * connections() < 3L * upperThreshold;
        } else {
            room = true;
        }
        if (room) {
            tally.setOverloaded(false);
        }
    }

    /// This server with other settings, and available, as an edit or the return of a removed server
    /// makes it. A higher upper threshold, or none, ends an overload at once; the same or a lower
    /// one neither ends nor begins it.
    public RealServer edited(
            Forwarding newForwarding, int newWeight, int newUpperThreshold, int newLowerThreshold) {
        if (newUpperThreshold == 0 || newUpperThreshold > upperThreshold) {
            tally.setOverloaded(false);
        }
        return new RealServer(
                id,
                address,
                port,
                newForwarding,
                newWeight,
                newUpperThreshold,
                newLowerThreshold,
                true,
                tally);
    }

    /// This server taken out of its service.
    public RealServer removed() {
        return new RealServer(
                id,
                address,
                port,
                forwarding,
                weight,
                upperThreshold,
                lowerThreshold,
                false,
                tally);
    }

    /// What thresholds are compared with: templates do not count.
    private long connections() {
        return tally.read(Tally.Count.ACTIVE) + tally.read(Tally.Count.INACTIVE);
    }
}
