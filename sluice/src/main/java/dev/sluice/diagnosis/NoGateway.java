package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;
import dev.sluice.wire.Address;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A masqueraded server that is there, but nothing of it passes the director: its way to clients is
/// another one. (Of one that is gone the kernel finds out after a while: [DeadNextHop].)
final class NoGateway implements Mistake {

    @Override
    public String kind() {
        return "server-without-gateway";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Silences.grouped(
                facts,
                attempts ->
                        attempts.method() == Forwarding.NAT
                                && !attempts.answersPass()
                                && !SameNetwork.is(facts, attempts),
                (first, all) -> found.accept(finding(facts, first, all)));
    }

    private Finding finding(Facts facts, Attempts first, Named all) {
        Address server = first.server();
        List<String> evidence = new ArrayList<>();
        evidence.add(first.counted());
        evidence.add("not one packet of it passed the director");
        evidence.add("neighbour: " + facts.neighbourInWords(server));
        evidence.add("services: " + all);
        if (first.client() != null) {
            evidence.add("a client that waits: " + first.client());
        }
        Address own = facts.ownAddressTowards(server);
        return new Finding(
                kind(),
                Severity.WRONG,
                server.toString(),
                "masqueraded server "
                        + server
                        + " does not answer through the director: its gateway is another, or it"
                        + " is down, or drops what comes",
                evidence,
                List.of(
                        "on the real server: ip"
                                + (server.isIpv6() ? " -6" : "")
                                + " route replace default via "
                                + (own == null ? "THE-DIRECTOR" : own),
                        "if that is so already, look at its firewall and whether the service"
                                + " listens: ss -ltn"));
    }
}
