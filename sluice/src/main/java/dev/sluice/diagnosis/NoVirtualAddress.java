package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;
import dev.sluice.wire.Address;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A directly routed server that takes no packet for the virtual address: most likely it does not
/// have it.
final class NoVirtualAddress implements Mistake {

    @Override
    public String kind() {
        return "server-without-virtual-address";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Silences.grouped(
                facts,
                attempts ->
                        attempts.method() == Forwarding.DIRECT_ROUTING
                                && !attempts.answersPass()
                                && facts.directReplies == 0,
                (first, all) -> found.accept(finding(facts, first, all)));
    }

    private Finding finding(Facts facts, Attempts first, Named all) {
        List<String> evidence = new ArrayList<>();
        evidence.add(first.counted());
        evidence.add("neighbour: " + facts.neighbourInWords(first.server()));
        evidence.add("services: " + all);
        if (first.client() != null) {
            evidence.add("a client that waits: " + first.client());
        }
        Address virtual = first.virtual();
        String address = virtual == null ? "VIRTUAL-ADDRESS" : virtual + "/" + virtual.bits();
        return new Finding(
                kind(),
                Severity.WRONG,
                first.server().toString(),
                "directly routed server "
                        + first.server()
                        + " does not answer: it has no address "
                        + (virtual == null ? "of the service" : virtual)
                        + ", or is down, or drops what comes",
                evidence,
                List.of(
                        "on the real server: sysctl -w net.ipv4.conf.all.arp_ignore=1"
                                + " net.ipv4.conf.all.arp_announce=2 && ip address add "
                                + address
                                + " dev lo",
                        "if it has the address, look at its firewall and whether the service"
                                + " listens there: ss -ltn; and at its way to clients: ip route get"
                                + " CLIENT"));
    }
}
