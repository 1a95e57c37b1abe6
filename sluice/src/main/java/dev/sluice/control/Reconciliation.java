package dev.sluice.control;

import dev.sluice.director.service.ServiceKey;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Brings the desired state to what a file and its health checks want, and leaves alone what
/// others, such as operators, made of it: services and servers that were never the file's, and the
/// words of others on weights. Those of an operator survive that a server is removed and comes
/// back.
///
/// Not thread-safe: one owner of one file.
public final class Reconciliation {

    private record Place(ServiceKey service, ServerKey server) {}

    private final Map<Place, Integer> operatorWords = new HashMap<>();

    /// What has to be done, in the order in which it must be: what is added comes before what is
    /// removed. Nothing is remembered before [#remember].
    ///
    /// @param before what was wanted until now
    /// @param wanted what is wanted from now on
    /// @param present what is there, in which anything may have been changed by hand
    public List<Edit> edits(
            Collection<WantedService> before,
            Collection<WantedService> wanted,
            DesiredState present) {
        Map<ServiceKey, WantedService> known = byKey(before);
        Map<ServiceKey, WantedService> next = byKey(wanted);
        List<Edit> edits = new ArrayList<>();
        for (WantedService service : wanted) {
            DesiredService there = present.service(service.key());
            if (there == null) {
                edits.add(new Edit.AddService(Origin.FILE, service.key(), service.settings()));
            } else if (!there.settings().equals(service.settings())) {
                edits.add(new Edit.EditService(Origin.FILE, service.key(), service.settings()));
            }
            servers(edits, known.get(service.key()), service, there);
        }
        for (WantedService service : before) {
            if (!next.containsKey(service.key()) && present.service(service.key()) != null) {
                edits.add(new Edit.DeleteService(Origin.FILE, service.key()));
            }
        }
        return edits;
    }

    private void servers(
            List<Edit> edits,
            @Nullable WantedService before,
            WantedService wanted,
            @Nullable DesiredService there) {
        wanted.servers()
                .forEach((key, server) -> {
                    DesiredServer present = there == null ? null : there.servers().get(key);
                    server(edits, wanted.key(), key, server, present);
                });
        if (before == null || there == null) {
            return;
        }
        for (ServerKey key : before.servers().keySet()) {
            if (!wanted.servers().containsKey(key) && there.servers().containsKey(key)) {
                edits.add(new Edit.DeleteServer(Origin.CHECK, wanted.key(), key));
            }
        }
    }

    private void server(
            List<Edit> edits,
            ServiceKey service,
            ServerKey key,
            WantedService.Server wanted,
            @Nullable DesiredServer present) {
        Integer check = null;
        if (present == null) {
            edits.add(new Edit.AddServer(Origin.FILE, service, key, wanted.settings()));
            Integer operator = operatorWords.get(new Place(service, key));
            if (operator != null) {
                edits.add(new Edit.SetWeight(Origin.OPERATOR, service, key, operator));
            }
        } else {
            check = present.weights().check();
            int weight = present.settings().weight();
            boolean isSame =
                    wanted.settings().withWeight(weight).equals(present.settings())
                            && Integer.valueOf(wanted.settings().weight())
                                    .equals(present.weights().file());
            if (!isSame) {
                edits.add(new Edit.EditServer(Origin.FILE, service, key, wanted.settings()));
            }
        }
        boolean isSameCheck = check == null ? wanted.check() == null : check.equals(wanted.check());
        if (!isSameCheck) {
            edits.add(new Edit.SetWeight(Origin.CHECK, service, key, wanted.check()));
        }
    }

    /// Takes note of what operators said about servers that these edits remove. To be called before
    /// they are carried out.
    public void remember(List<Edit> edits, DesiredState present) {
        for (Edit edit : edits) {
            if (edit instanceof Edit.DeleteService(Origin _, ServiceKey key)) {
                DesiredService gone = present.service(key);
                if (gone != null) {
                    gone.servers().forEach((server, there) -> remember(key, server, there));
                }
            }
            if (edit instanceof Edit.DeleteServer(Origin _, ServiceKey key, ServerKey server)) {
                DesiredService service = present.service(key);
                DesiredServer there = service == null ? null : service.servers().get(server);
                remember(key, server, there);
            }
        }
    }

    private void remember(ServiceKey key, ServerKey server, @Nullable DesiredServer there) {
        if (there != null && there.weights().operator() != null) {
            operatorWords.put(new Place(key, server), there.weights().operator());
        } else {
            operatorWords.remove(new Place(key, server));
        }
    }

    /// What has to be done so that operators have no say any more about the weights of these
    /// servers.
    ///
    /// @param wanted what is wanted now
    /// @param isMeant which servers
    public List<Edit> release(
            Collection<WantedService> wanted, DesiredState present, Predicate<ServerKey> isMeant) {
        operatorWords.keySet().removeIf(place -> isMeant.test(place.server()));
        List<Edit> edits = new ArrayList<>();
        for (WantedService service : wanted) {
            for (ServerKey key : service.servers().keySet()) {
                DesiredService there = present.service(service.key());
                DesiredServer server = there == null ? null : there.server(key);
                if (server != null && server.weights().operator() != null && isMeant.test(key)) {
                    edits.add(new Edit.SetWeight(Origin.OPERATOR, service.key(), key, null));
                }
            }
        }
        return edits;
    }

    private static Map<ServiceKey, WantedService> byKey(Collection<WantedService> services) {
        Map<ServiceKey, WantedService> map = new LinkedHashMap<>();
        services.forEach(service -> map.put(service.key(), service));
        return map;
    }
}
