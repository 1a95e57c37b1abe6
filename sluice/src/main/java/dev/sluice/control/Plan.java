package dev.sluice.control;

import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Timeouts;
import dev.sluice.snapshot.SharedMap;

import java.util.ArrayList;
import java.util.List;

/// What has to be done so that one desired state becomes another: the reload of a file, or what an
/// operator wants to see before. Pure; [Table#apply] carries it out as one change.
public final class Plan {

    private final Origin origin;
    private final List<Edit> edits = new ArrayList<>();

    private Plan(Origin origin) {
        this.origin = origin;
    }

    /// Edits of `origin` after which `before` is `wanted`; none where nothing differs. What is in
    /// both keeps its place, its connections and its counters.
    public static List<Edit> between(DesiredState before, DesiredState wanted, Origin origin) {
        Plan plan = new Plan(origin);
        for (DesiredService old : before.services()) {
            if (wanted.service(old.key()) == null) {
                plan.edits.add(new Edit.DeleteService(origin, old.key()));
            }
        }
        for (DesiredService service : wanted.services()) {
            DesiredService old = before.service(service.key());
            if (old == null) {
                plan.edits.add(new Edit.AddService(origin, service.key(), service.settings()));
                old = new DesiredService(service.key(), service.settings(), SharedMap.empty(), 0);
            } else if (!old.settings().equals(service.settings())) {
                plan.edits.add(new Edit.EditService(origin, service.key(), service.settings()));
            }
            plan.servers(service.key(), old, service);
        }
        Timeouts timeouts = wanted.timeouts();
        if (!timeouts.equals(before.timeouts())) {
            plan.edits.add(
                    new Edit.SetTimeouts(
                            origin,
                            timeouts.tcpSeconds(),
                            timeouts.tcpFinSeconds(),
                            timeouts.udpSeconds()));
        }
        for (Setting setting : Setting.values()) {
            String value = wanted.policy().text(setting);
            if (!value.equals(before.policy().text(setting))) {
                plan.edits.add(new Edit.SetSetting(origin, setting, value));
            }
        }
        return List.copyOf(plan.edits);
    }

    private void servers(ServiceKey key, DesiredService before, DesiredService wanted) {
        for (DesiredServer old : before.newestFirst()) {
            if (!wanted.servers().containsKey(old.key())) {
                edits.add(new Edit.DeleteServer(origin, key, old.key()));
            }
        }
        for (DesiredServer server : wanted.newestFirst().reversed()) {
            DesiredServer old = before.servers().get(server.key());
            if (old == null) {
                edits.add(new Edit.AddServer(origin, key, server.key(), server.settings()));
            } else if (!old.settings().equals(server.settings())) {
                edits.add(new Edit.EditServer(origin, key, server.key(), server.settings()));
            }
        }
    }
}
