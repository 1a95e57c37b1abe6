package dev.sluice.director.service;

import dev.sluice.wire.Address;

/// A machine behind a virtual service, as one configuration snapshot sees it. Settings are
/// immutable; [#life] is live and the same object through all snapshots of this server.
///
/// @param id where [Configuration#server] finds the current snapshot of this server; connection
///   records hold it. An id is given to another server only when no connection refers to it.
/// @param port 1–65535, or 0: the port the client used
/// @param weight 0 (quiesced: gets no new connections) to 2147483647
/// @param available false once removed: its connections stay and are dropped silently
/// @param upperThreshold connections from which on it is overloaded, 0: never
/// @param lowerThreshold connections below which it is no longer overloaded, 0: three quarters
/// @param encapsulation how packets are wrapped when it is tunnelled
/// @param lastWeight the newest weight above 0, or 0 if there was none
/// @param terms how often an edit ended whatever overload there was: one that began under earlier
///   terms counts no more
public record RealServer(
        int id,
        Address address,
        int port,
        Forwarding forwarding,
        int weight,
        int upperThreshold,
        int lowerThreshold,
        Encapsulation encapsulation,
        int lastWeight,
        int terms,
        boolean available,
        ServerLife life) {

    /// A server that a service has not had before.
    public static RealServer added(
            int id,
            Address address,
            int port,
            Forwarding forwarding,
            int weight,
            int upperThreshold,
            int lowerThreshold,
            Tally tally) {
        return new RealServer(
                id,
                address,
                port,
                forwarding,
                weight,
                upperThreshold,
                lowerThreshold,
                Encapsulation.IPIP,
                weight,
                0,
                true,
                new ServerLife(tally));
    }

    public Tally tally() {
        return life.tally();
    }

    /// Whether its connections have reached the upper threshold and not fallen far enough since.
    public boolean isOverloaded() {
        return life.isOverloaded(terms);
    }

    /// Whether a scheduler may return it: not quiesced and not overloaded.
    public boolean isEligible() {
        return weight > 0 && !isOverloaded();
    }

    /// To be called when a connection or template was bound to it and counted: the one that reaches
    /// the upper threshold overloads it (ipvs.md §2.4).
    public void afterBinding() {
        if (upperThreshold != 0 && connections() >= upperThreshold) {
            life.setOverloaded(terms);
        }
    }

    /// To be called when a connection or template that referred to it is gone from the tally.
    public void afterUnbinding() {
        if (!isOverloaded()) {
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
            life.setNotOverloaded();
        }
    }

    /// This server with other settings, and available, as an edit or the return of a removed server
    /// makes it. A higher upper threshold, or none, ends an overload at once; the same or a lower
    /// one neither ends nor begins it.
    public RealServer edited(
            Forwarding newForwarding, int newWeight, int newUpperThreshold, int newLowerThreshold) {
        boolean opens = newUpperThreshold == 0 || newUpperThreshold > upperThreshold;
        return new RealServer(
                id,
                address,
                port,
                newForwarding,
                newWeight,
                newUpperThreshold,
                newLowerThreshold,
                encapsulation,
                newWeight > 0 ? newWeight : lastWeight,
                opens ? terms + 1 : terms,
                true,
                life);
    }

    /// This server taken out of its service.
    public RealServer removed() {
        return with(encapsulation, /* isAvailable= */ false);
    }

    /// This server, wrapped so when it is tunnelled.
    public RealServer wrapped(Encapsulation newEncapsulation) {
        return with(newEncapsulation, available);
    }

    private RealServer with(Encapsulation newEncapsulation, boolean isAvailable) {
        return new RealServer(
                id,
                address,
                port,
                forwarding,
                weight,
                upperThreshold,
                lowerThreshold,
                newEncapsulation,
                lastWeight,
                terms,
                isAvailable,
                life);
    }

    /// What thresholds are compared with: templates do not count.
    private long connections() {
        Tally tally = life.tally();
        return tally.read(Tally.Count.ACTIVE) + tally.read(Tally.Count.INACTIVE);
    }
}
