package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;

import java.util.List;
import java.util.function.Consumer;

/// A service whose clients are refused, since it has nobody to send them to.
final class DesertedService implements Mistake {

    @Override
    public String kind() {
        return "service-without-server";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        for (Facts.Deserted deserted : facts.deserted) {
            found.accept(
                    new Finding(
                            kind(),
                            Severity.WRONG,
                            deserted.service().toString(),
                            "no real server for new clients of " + deserted.service(),
                            List.of(
                                    deserted.servers() == 0
                                            ? "it has no real servers"
                                            : "of its "
                                                    + deserted.servers()
                                                    + " real servers each has weight 0 or is at its"
                                                    + " upper threshold",
                                    deserted.refused() + " packets of clients were refused"),
                            List.of(
                                    "ipvsadm -Ln; then add servers (-a) or give them weight (-e …"
                                            + " -w 1)")));
        }
    }
}
