package dev.sluice.control;

import dev.sluice.control.Refusal.Reason;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Timeouts;
import dev.sluice.snapshot.SharedMap;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What operators, files and checks asked for: virtual services, their real servers, timeouts,
/// settings. Immutable and pure: an edit makes another state of it, which shares all but the
/// change, or is refused as the kernel would refuse it (ipvs.md §1.7). Whoever throws the result
/// away has changed nothing.
public final class DesiredState {

    private final Admission admission;
    private final SharedMap<ServiceKey, DesiredService> services;
    private final Timeouts timeouts;
    private final Policy policy;

    /// The age of the next service or server.
    private final long nextAge;

    private DesiredState(
            Admission admission,
            SharedMap<ServiceKey, DesiredService> services,
            Timeouts timeouts,
            Policy policy,
            long nextAge) {
        this.admission = admission;
        this.services = services;
        this.timeouts = timeouts;
        this.policy = policy;
        this.nextAge = nextAge;
    }

    /// One without services, for a director that can do this.
    public static DesiredState empty(Capabilities capabilities) {
        return new DesiredState(
                new Admission(capabilities),
                SharedMap.empty(),
                Timeouts.DEFAULT,
                Policy.DEFAULT,
                0);
    }

    /// This state after an edit.
    ///
    /// @throws RefusedException when the edit is not possible
    public DesiredState with(Edit edit) throws RefusedException {
        return switch (edit) {
            case Edit.AddService add -> {
                if (services.containsKey(add.service())) {
                    throw new RefusedException(edit, Reason.SERVICE_EXISTS);
                }
                admission.checkService(edit, add.service(), add.settings());
                yield with(
                        new DesiredService(
                                add.service(), add.settings(), SharedMap.empty(), nextAge));
            }
            case Edit.EditService change -> {
                DesiredService before = find(edit, change.service(), Reason.NO_SUCH_SERVICE);
                admission.checkService(edit, change.service(), change.settings());
                yield with(before.with(change.settings()));
            }
            case Edit.DeleteService delete -> {
                find(edit, delete.service(), Reason.NO_SUCH_SERVICE);
                yield with(services.without(delete.service()));
            }
            case Edit.Clear _ -> with(SharedMap.empty());
            case Edit.AddServer add -> {
                DesiredService service = find(edit, add.service(), Reason.SERVICE_NOT_DEFINED);
                admission.checkThresholds(edit, add.settings());
                if (service.servers().containsKey(add.server())) {
                    throw new RefusedException(edit, Reason.DESTINATION_EXISTS);
                }
                admission.checkServer(edit, add.service(), add.server(), add.settings());
                yield with(service.with(DesiredServer.added(add, nextAge)));
            }
            case Edit.EditServer change -> {
                DesiredService service = find(edit, change.service(), Reason.SERVICE_NOT_DEFINED);
                admission.checkThresholds(edit, change.settings());
                DesiredServer before = find(edit, service, change.server());
                admission.checkServer(edit, change.service(), change.server(), change.settings());
                yield with(service.with(before.edited(change)));
            }
            case Edit.DeleteServer delete -> {
                DesiredService service = find(edit, delete.service(), Reason.SERVICE_NOT_DEFINED);
                find(edit, service, delete.server());
                yield with(service.without(delete.server()));
            }
            case Edit.SetWeight word -> {
                DesiredService service = find(edit, word.service(), Reason.SERVICE_NOT_DEFINED);
                DesiredServer before = find(edit, service, word.server());
                if (word.weight() != null && word.weight() < 0) {
                    throw new RefusedException(edit, Reason.OUT_OF_RANGE);
                }
                yield with(service.with(before.weighed(word)));
            }
            case Edit.SetTimeouts set ->
                    new DesiredState(
                            admission,
                            services,
                            new Timeouts(
                                    otherwise(set.tcpSeconds(), timeouts.tcpSeconds()),
                                    otherwise(set.tcpFinSeconds(), timeouts.tcpFinSeconds()),
                                    otherwise(set.udpSeconds(), timeouts.udpSeconds())),
                            policy,
                            nextAge);
            case Edit.SetSetting set -> {
                try {
                    Policy newest = policy.with(set.setting(), set.value());
                    yield new DesiredState(admission, services, timeouts, newest, nextAge);
                } catch (IllegalArgumentException _) {
                    throw new RefusedException(edit, Reason.BAD_SETTING);
                }
            }
        };
    }

    public @Nullable DesiredService service(ServiceKey key) {
        return services.get(key);
    }

    /// All services, in the order in which they were added.
    public List<DesiredService> services() {
        List<DesiredService> list = new ArrayList<>(services.size());
        services.forEach((_, service) -> list.add(service));
        list.sort(Comparator.comparingLong(DesiredService::age));
        return list;
    }

    public Timeouts timeouts() {
        return timeouts;
    }

    /// With measures of defence as they suit so much free memory, in pages of 4 KiB.
    DesiredState withFreeMemory(long pages) {
        Policy suited = policy.withFreeMemory(pages);
        return suited == policy
                ? this
                : new DesiredState(admission, services, timeouts, suited, nextAge);
    }

    public Policy policy() {
        return policy;
    }

    private DesiredService find(Edit edit, ServiceKey key, Reason otherwise)
            throws RefusedException {
        DesiredService service = services.get(key);
        if (service == null) {
            throw new RefusedException(edit, otherwise);
        }
        return service;
    }

    private static DesiredServer find(Edit edit, DesiredService service, ServerKey key)
            throws RefusedException {
        DesiredServer server = service.servers().get(key);
        if (server == null) {
            throw new RefusedException(edit, Reason.NO_SUCH_DESTINATION);
        }
        return server;
    }

    private DesiredState with(DesiredService service) {
        return with(services.with(service.key(), service));
    }

    private DesiredState with(SharedMap<ServiceKey, DesiredService> newest) {
        return new DesiredState(admission, newest, timeouts, policy, nextAge + 1);
    }

    private static int otherwise(int seconds, int present) {
        return seconds == 0 ? present : seconds;
    }
}
