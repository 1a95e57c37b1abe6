package dev.sluice.daemon;

import dev.sluice.director.DropReason;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.VirtualService;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Of which services packets were dropped, and why; the worst first. Counted since a service was
/// added; ICMP errors are not among them.
final class ServiceDrops {

    private static final int SHOWN = 20;

    private record Dropped(String service, DropReason reason, long packets) {

        String reasonWords() {
            return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    private final List<Dropped> all = new ArrayList<>();

    ServiceDrops(Configuration configuration) {
        for (VirtualService service : configuration.services()) {
            for (DropReason reason : DropReason.values()) {
                long packets = service.tally().dropped(reason);
                if (packets > 0) {
                    all.add(new Dropped(service.key().toString(), reason, packets));
                }
            }
        }
        all.sort(
                Comparator.comparingLong(Dropped::packets)
                        .reversed()
                        .thenComparing(Dropped::service)
                        .thenComparing(Dropped::reason));
    }

    /// @param withAll also beyond the worst
    void print(PrintStream out, boolean withAll) {
        if (all.isEmpty()) {
            return;
        }
        out.println();
        out.println("dropped, by service");
        for (Dropped dropped : withAll ? all : all.subList(0, Math.min(SHOWN, all.size()))) {
            out.printf(
                    "%12d  %s, %s: %s%n",
                    dropped.packets,
                    dropped.service,
                    dropped.reasonWords(),
                    dropped.reason.explanation());
        }
        if (!withAll && all.size() > SHOWN) {
            out.printf("%12s  and %d more, with --all%n", "", all.size() - SHOWN);
        }
    }

    List<Json> json() {
        return all.stream()
                .map(dropped ->
                        new Json()
                                .text("service", dropped.service)
                                .text("reason", dropped.reason.name().toLowerCase(Locale.ROOT))
                                .number("packets", dropped.packets))
                .toList();
    }
}
