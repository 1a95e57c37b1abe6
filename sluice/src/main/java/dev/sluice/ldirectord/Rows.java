package dev.sluice.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings.AtAddress;
import dev.sluice.config.ldirectord.LdirectorSettings.AtMark;
import dev.sluice.config.ldirectord.LdirectorSettings.Fallback;
import dev.sluice.config.ldirectord.LdirectorSettings.Front;
import dev.sluice.config.ldirectord.LdirectorSettings.Real;
import dev.sluice.config.ldirectord.LdirectorSettings.Service;
import dev.sluice.config.ldirectord.LdirectorSettings.Transport;
import dev.sluice.control.DesiredServer;
import dev.sluice.control.DesiredService;
import dev.sluice.control.DesiredState;
import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.ServerKey;
import dev.sluice.control.ServerSettings;
import dev.sluice.control.ServiceSettings;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a service's state means for the rows of the table: the edits that lead there from what is
/// in force. Pure.
///
/// The configured weight is the file's word and a failure the check's, so that what an operator
/// said by hand stays said. A server that an operator took out returns when its state changes, not
/// before.
final class Rows {

    private static final int ENTIRE = -1;

    private final DesiredState now;
    private final List<Edit> edits = new ArrayList<>();

    private Rows(DesiredState now) {
        this.now = now;
    }

    /// For a service that begins, or after a reload: everything, and nothing that is not in the
    /// file.
    static List<Edit> all(ServiceState state, DesiredState now) {
        Rows rows = new Rows(now);
        rows.service(state, ENTIRE, false);
        return rows.edits;
    }

    /// After the state of one server has changed.
    ///
    /// @param readds whether a server that is down and not there is to return
    static List<Edit> changed(ServiceState state, int server, boolean readds, DesiredState now) {
        Rows rows = new Rows(now);
        rows.service(state, server, readds);
        return rows.edits;
    }

    private void service(ServiceState state, int changed, boolean readds) {
        Service service = state.service();
        ServiceKey key = key(service.front());
        DesiredService there = now.service(key);
        ServiceSettings wanted = settings(service);
        if (there == null) {
            edits.add(new Edit.AddService(Origin.FILE, key, wanted));
        } else if (!there.settings().equals(wanted) && changed == ENTIRE) {
            edits.add(new Edit.EditService(Origin.FILE, key, wanted));
        }
        Set<ServerKey> own = new HashSet<>();
        for (int i = 0; i < service.servers().size(); i++) {
            Real real = service.servers().get(i);
            ServerKey server = new ServerKey(real.address(), real.port());
            own.add(server);
            boolean isMissing = there == null || there.servers().get(server) == null;
            if (!isMissing || there == null || changed == ENTIRE || changed == i || readds) {
                server(
                        key,
                        there,
                        server,
                        state.weight(i),
                        new ServerSettings(
                                method(real.forwarding()),
                                real.weight(),
                                real.upperThreshold(),
                                real.lowerThreshold(),
                                Encapsulation.IPIP));
            }
        }
        fallback(state, key, there, own);
        if (there != null && changed == ENTIRE) {
            for (DesiredServer foreign : there.newestFirst()) {
                if (!own.contains(foreign.key())) {
                    edits.add(new Edit.DeleteServer(Origin.FILE, key, foreign.key()));
                }
            }
        }
    }

    private void fallback(
            ServiceState state,
            ServiceKey key,
            @Nullable DesiredService there,
            Set<ServerKey> own) {
        Fallback fallback = state.service().fallback();
        if (fallback == null) {
            return;
        }
        int port =
                fallback.port() == 0 && key instanceof ServiceKey.AtAddress at
                        ? at.port()
                        : fallback.port();
        ServerKey server = new ServerKey(fallback.address(), port);
        if (own.add(server)) {
            server(
                    key,
                    there,
                    server,
                    state.needsFallback() ? 1 : null,
                    ServerSettings.of(method(fallback.forwarding()), 1));
        }
    }

    /// @param weight null: it is not to be there
    private void server(
            ServiceKey service,
            @Nullable DesiredService there,
            ServerKey server,
            @Nullable Integer weight,
            ServerSettings settings) {
        DesiredServer before = there == null ? null : there.servers().get(server);
        if (weight == null) {
            if (before != null) {
                edits.add(new Edit.DeleteServer(Origin.FILE, service, server));
            }
            return;
        }
        Integer said = before == null ? null : before.weights().check();
        if (before == null) {
            edits.add(new Edit.AddServer(Origin.FILE, service, server, settings));
        } else if (!isAsConfigured(before, settings)) {
            edits.add(new Edit.EditServer(Origin.FILE, service, server, settings));
        }
        Integer word = weight == settings.weight() ? null : weight;
        if (word == null ? said != null : !word.equals(said)) {
            edits.add(new Edit.SetWeight(Origin.CHECK, service, server, word));
        }
    }

    private static boolean isAsConfigured(DesiredServer before, ServerSettings settings) {
        Integer weight = before.weights().file();
        return weight != null
                && weight == settings.weight()
                && before.settings().method() == settings.method()
                && before.settings().upperThreshold() == settings.upperThreshold()
                && before.settings().lowerThreshold() == settings.lowerThreshold();
    }

    static ServiceKey key(Front front) {
        return switch (front) {
            case AtAddress at ->
                    new ServiceKey.AtAddress(
                            at.transport() == Transport.UDP ? Protocol.UDP : Protocol.TCP,
                            at.address(),
                            at.port());
            case AtMark mark -> new ServiceKey.AtMark(mark.family(), (int) mark.mark());
        };
    }

    private static ServiceSettings settings(Service service) {
        return new ServiceSettings(
                service.scheduler(),
                flags(service.schedulerFlags()),
                service.persistenceSeconds() == 0 ? null : persistence(service),
                "",
                service.isOnePacket());
    }

    private static Persistence persistence(Service service) {
        Address all = service.family() == Family.IPV6 ? Address.ipv6(-1, -1) : Address.ipv4(-1);
        Address mask = all.masked(service.persistenceBits());
        return new Persistence(service.persistenceSeconds(), mask.high(), mask.low());
    }

    /// The names that ipvsadm gives the three bits.
    private static int flags(String list) {
        int bits = 0;
        for (String flag : list.split("[,\\s]+", -1)) {
            bits |=
                    switch (flag) {
                        case "flag-1", "sh-fallback", "mh-fallback" -> 1;
                        case "flag-2", "sh-port", "mh-port" -> 2;
                        case "flag-3" -> 4;
                        default -> 0;
                    };
        }
        return bits;
    }

    private static Forwarding method(
            dev.sluice.config.ldirectord.LdirectorSettings.Forwarding forwarding) {
        return switch (forwarding) {
            case GATE -> Forwarding.DIRECT_ROUTING;
            case MASQ -> Forwarding.NAT;
            case IPIP -> Forwarding.TUNNEL;
        };
    }
}
