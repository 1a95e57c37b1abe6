package dev.sluice.daemon;

import dev.sluice.control.ConnectionSource;
import dev.sluice.control.DesiredServer;
import dev.sluice.control.DesiredService;
import dev.sluice.control.DesiredState;
import dev.sluice.control.Edit;
import dev.sluice.control.ServerKey;
import dev.sluice.control.ServerSettings;
import dev.sluice.director.service.ServiceKey;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A plan for people: a line for each edit, `+` what comes, `-` what goes, `~` what changes, and
/// how many connections lose their server.
final class PlanText {

    /// What tells connections of one server apart from those of others.
    private record Place(String service, String server) {}

    private final DesiredState present;
    private final Map<Place, Integer> connections = new HashMap<>();

    /// @param present what the plan starts from
    PlanText(DesiredState present, ConnectionSource source, List<Edit> edits) {
        this.present = present;
        boolean removes =
                edits.stream()
                        .anyMatch(edit ->
                                edit instanceof Edit.DeleteServer
                                        || edit instanceof Edit.DeleteService);
        if (removes) {
            source.forEach(entry -> {
                if (!entry.isTemplate()) {
                    connections.merge(
                            new Place(
                                    entry.protocol()
                                            + " "
                                            + entry.virtual().withPort(entry.virtualPort()),
                                    entry.real().withPort(entry.realPort())),
                            1,
                            Integer::sum);
                }
            });
        }
    }

    List<String> lines(List<Edit> edits) {
        List<String> lines = new ArrayList<>();
        for (Edit edit : edits) {
            lines.add(line(edit));
        }
        return lines;
    }

    private String line(Edit edit) {
        return switch (edit) {
            case Edit.AddService add ->
                    "+ service " + add.service() + ", " + add.settings().scheduler();
            case Edit.EditService change ->
                    "~ service " + change.service() + ": " + change.settings();
            case Edit.DeleteService delete -> {
                int lost = 0;
                DesiredService service = present.service(delete.service());
                if (service != null) {
                    for (DesiredServer server : service.newestFirst()) {
                        lost += connections(delete.service(), server.key());
                    }
                }
                yield "- service " + delete.service() + losses(lost);
            }
            case Edit.Clear _ -> "- all services";
            case Edit.AddServer add ->
                    "+ server "
                            + add.server()
                            + " of "
                            + add.service()
                            + ": "
                            + text(add.settings());
            case Edit.EditServer change ->
                    "~ server "
                            + change.server()
                            + " of "
                            + change.service()
                            + ": "
                            + before(change.service(), change.server())
                            + " → "
                            + text(change.settings());
            case Edit.DeleteServer delete ->
                    "- server "
                            + delete.server()
                            + " of "
                            + delete.service()
                            + losses(connections(delete.service(), delete.server()));
            case Edit.SetWeight word ->
                    "~ server "
                            + word.server()
                            + " of "
                            + word.service()
                            + ": "
                            + (word.weight() == null
                                    ? "weight as configured"
                                    : "weight " + word.weight() + " by its checks");
            case Edit.SetSetting set -> "~ " + set.setting() + " = " + set.value();
            case Edit.SetTimeouts set ->
                    "~ timeouts: tcp %d, tcpfin %d, udp %d (0: as it is)"
                            .formatted(set.tcpSeconds(), set.tcpFinSeconds(), set.udpSeconds());
        };
    }

    private String before(ServiceKey key, ServerKey server) {
        DesiredService service = present.service(key);
        DesiredServer there = service == null ? null : service.server(server);
        return there == null ? "?" : text(there.settings());
    }

    private static String text(ServerSettings settings) {
        String text = settings.method() + " weight " + settings.weight();
        return settings.upperThreshold() == 0
                ? text
                : text
                        + " thresholds "
                        + settings.lowerThreshold()
                        + ".."
                        + settings.upperThreshold();
    }

    private int connections(ServiceKey service, ServerKey server) {
        return connections.getOrDefault(new Place(service.toString(), server.toString()), 0);
    }

    private static String losses(int connections) {
        return connections == 0 ? "" : ", and " + connections + " connections lose their server";
    }
}
