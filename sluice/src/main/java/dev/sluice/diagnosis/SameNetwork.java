package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;
import dev.sluice.net.netlink.Route;
import dev.sluice.wire.Address;

import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/// A client in the network of a masqueraded server: the answer goes straight to the client, who
/// never asked that server anything.
final class SameNetwork implements Mistake {

    @Override
    public String kind() {
        return "client-in-servers-network";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Silences.grouped(
                facts,
                attempts -> is(facts, attempts),
                (first, all) -> found.accept(finding(facts, first, all)));
    }

    static boolean is(Facts facts, Attempts attempts) {
        Address client = attempts.client();
        if (client == null || attempts.method() != Forwarding.NAT || attempts.answersPass()) {
            return false;
        }
        Route toClient = facts.route(client);
        Route toServer = facts.route(attempts.server());
        return toClient != null
                && toServer != null
                && toClient.type() == Route.Type.UNICAST
                && toClient.gateway() == null
                && toServer.gateway() == null
                && toClient.interfaceIndex() == toServer.interfaceIndex();
    }

    private Finding finding(Facts facts, Attempts first, Named all) {
        Address client = Objects.requireNonNull(first.client());
        return new Finding(
                kind(),
                Severity.WRONG,
                first.server().toString(),
                "client "
                        + client
                        + " is in the network of masqueraded server "
                        + first.server()
                        + ": the answer goes straight to it, untranslated",
                List.of(
                        first.counted(),
                        "not one packet of it passed the director",
                        "route to the client: " + facts.routeInWords(client),
                        "route to the server: " + facts.routeInWords(first.server()),
                        "services: " + all),
                List.of(
                        "on the real server, send through the director even there: ip route replace"
                                + " "
                                + client
                                + " via "
                                + Objects.requireNonNullElse(
                                        facts.ownAddressTowards(first.server()), "THE-DIRECTOR"),
                        "or let such clients be served by direct routing: ipvsadm -e SERVICE -r "
                                + first.server()
                                + " -g"));
    }
}
