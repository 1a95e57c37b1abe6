package dev.sluice.diagnosis;

import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// Clients' attempts to open connections at a real server, none of which came about for a while.
///
/// @param repeated SYNs that were sent again since a connection came about last
/// @param refused connections that the server refused since then
/// @param answersPass whether anything of the server passed the director since then
/// @param everEstablished whether there ever was a connection
/// @param lastSecondsAgo when the last one failed
/// @param client one of those that wait, or null when nobody looked
public record Attempts(
        ServiceKey service,
        Address server,
        int port,
        Forwarding method,
        long repeated,
        long refused,
        boolean answersPass,
        boolean everEstablished,
        long lastSecondsAgo,
        @Nullable Address client) {

    Attempts of(Address newClient) {
        return new Attempts(
                service,
                server,
                port,
                method,
                repeated,
                refused,
                answersPass,
                everEstablished,
                lastSecondsAgo,
                newClient);
    }

    /// Whether clients ask again and again, and nobody says no.
    boolean isSilent() {
        return refused == 0 && repeated > 0;
    }

    /// Whether a fault was found that explains it: then it need not be guessed at.
    boolean isExplained(Facts facts) {
        return facts.isNextHopDead(server)
                || facts.nextHop(server) == null
                || method == Forwarding.NAT && UncapturedServer.isUncaptured(facts, server)
                || method == Forwarding.DIRECT_ROUTING && OffLinkServer.isOffLink(facts, server);
    }

    String inWords() {
        return server.withPort(port) + " of " + service;
    }

    /// What was counted.
    String counted() {
        return repeated
                + " SYNs sent again, the last "
                + lastSecondsAgo
                + " s ago, "
                + (everEstablished
                        ? "no connection came about since"
                        : "no connection ever came about");
    }

    @Nullable Address virtual() {
        return service instanceof ServiceKey.AtAddress at ? at.address() : null;
    }
}
