package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;

import java.util.List;
import java.util.function.Consumer;

/// A real server that refuses every connection: nothing listens there.
final class RefusingServer implements Mistake {

    @Override
    public String kind() {
        return "server-refuses";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        for (Attempts attempts : facts.attempts) {
            if (attempts.refused() > 0) {
                found.accept(finding(attempts));
            }
        }
    }

    private Finding finding(Attempts attempts) {
        return new Finding(
                kind(),
                Severity.WRONG,
                attempts.server().withPort(attempts.port()),
                "real server " + attempts.inWords() + " refuses connections: nothing listens there",
                List.of(
                        attempts.refused()
                                + " refused, the last "
                                + attempts.lastSecondsAgo()
                                + " s ago, no connection came about "
                                + (attempts.everEstablished() ? "since" : "ever")),
                List.of(
                        "on the real server, start the service, or see where it listens: ss -ltn",
                        "until then take it out: ipvsadm -e SERVICE -r "
                                + attempts.server().withPort(attempts.port())
                                + " -w 0"));
    }
}
