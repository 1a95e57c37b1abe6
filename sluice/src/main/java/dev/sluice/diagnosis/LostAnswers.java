package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;
import dev.sluice.wire.Address;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A masqueraded server answers, through the director, and clients ask again all the same: there is
/// no way back to them.
final class LostAnswers implements Mistake {

    @Override
    public String kind() {
        return "answers-lost";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Silences.grouped(
                facts,
                attempts -> attempts.method() == Forwarding.NAT && attempts.answersPass(),
                (first, all) -> found.accept(finding(facts, first, all)));
    }

    private Finding finding(Facts facts, Attempts first, Named all) {
        Address client = first.client();
        List<String> evidence = new ArrayList<>();
        evidence.add(first.counted());
        evidence.add("its answers pass the director");
        if (client != null) {
            evidence.add("a client that waits: " + facts.routeInWords(client));
        }
        evidence.add("services: " + all);
        return new Finding(
                kind(),
                Severity.WRONG,
                first.server().toString(),
                "the answers of " + first.server() + " do not arrive at clients",
                evidence,
                List.of(
                        "look at the way back: ip route get "
                                + (client == null ? "CLIENT" : client)
                                + (first.virtual() == null ? "" : " from " + first.virtual())
                                + "; and for who drops them on it: tcpdump -ni any host "
                                + (client == null ? "CLIENT" : client)));
    }
}
