package dev.sluice.daemon;

import dev.sluice.config.settings.Checker;
import dev.sluice.config.settings.Settings;
import dev.sluice.config.settings.VirtualServer;
import dev.sluice.config.settings.VirtualServer.AtAddress;
import dev.sluice.config.settings.VirtualServer.AtMark;
import dev.sluice.config.settings.VirtualServer.RealServer;
import dev.sluice.config.settings.VirtualServer.SorryServer;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problem;
import dev.sluice.control.Capabilities;
import dev.sluice.control.DesiredState;
import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.Refusal;
import dev.sluice.control.RefusedException;
import dev.sluice.control.ServerKey;
import dev.sluice.control.ServerSettings;
import dev.sluice.control.ServiceSettings;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.health.PoolSettings;
import dev.sluice.health.pool.PoolRules;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The virtual servers of a keepalived.conf, as the table and the health package want them. What
/// the director cannot carry out is an error: a service that is only half there is worse than a
/// refusal.
final class KeepalivedServers {

    private final Settings settings;
    private final KeepalivedScripts scripts;
    private final List<Problem> problems = new ArrayList<>();
    private final KeepalivedChecks checks;

    private KeepalivedServers(Settings settings) {
        this.settings = settings;
        scripts = new KeepalivedScripts(settings.globals().scripts());
        checks = new KeepalivedChecks(settings, problems);
    }

    /// @param problems what the file asks for and does not get
    record Translation(List<FilePool> pools, List<Problem> problems) {}

    static Translation translate(Settings settings) {
        KeepalivedServers servers = new KeepalivedServers(settings);
        List<FilePool> pools = new ArrayList<>();
        for (VirtualServer one : settings.virtualServers()) {
            FilePool pool = servers.pool(one);
            pools.add(pool);
            servers.tryOut(pool, one, DesiredState.empty(Capabilities.DIRECTOR));
        }
        return new Translation(pools, servers.problems);
    }

    private void problem(Problem.Severity severity, Place place, String text, String hint) {
        problems.add(new Problem(severity, place, text, hint));
    }

    private FilePool pool(VirtualServer from) {
        String name = name(from);
        List<PoolSettings.Server> servers = new ArrayList<>();
        for (RealServer server : from.realServers()) {
            servers.add(server(from, name, server));
        }
        if (from.mail() && !settings.globals().mail().recipients().isEmpty()) {
            problem(
                    Problem.Severity.WARNING,
                    from.place(),
                    "`smtp_alert` is not done yet",
                    "no mail is sent about virtual servers; use quorum_up and quorum_down");
        }
        PoolSettings pool =
                new PoolSettings(
                        name,
                        servers,
                        from.quorum(),
                        from.hysteresis(),
                        from.sorryServer() == null
                                ? null
                                : new PoolRules.SorryServer(
                                        serverName(
                                                from,
                                                from.sorryServer().address(),
                                                from.sorryServer().port(),
                                                sorryForwarding(from, from.sorryServer())),
                                        from.sorryServer().isInhibited()),
                        scripts.allowedOrNull(from.quorumUp()),
                        scripts.allowedOrNull(from.quorumDown()),
                        from.notifiesAtStop(),
                        settings.globals().lvs().initialNotifications());
        return new FilePool(
                from.place(),
                pool,
                from.services().stream().map(service -> service(from, service)).toList(),
                from.follows(),
                from.pausesWithoutAddress() ? addresses(from) : List.of());
    }

    private static List<Address> addresses(VirtualServer server) {
        List<Address> addresses = new ArrayList<>();
        for (VirtualServer.Service service : server.services()) {
            if (service instanceof AtAddress at) {
                addresses.add(at.address());
            }
        }
        return addresses;
    }

    // Names, as keepalived's log has them: keepalived.md §5.6.

    private static String name(VirtualServer server) {
        VirtualServer.Service first = server.services().getFirst();
        if (server.group() != null) {
            int port = first instanceof AtAddress at ? at.port() : 0;
            return "[%s]:%s:%d".formatted(server.group(), protocol(server), port);
        }
        return switch (first) {
            case AtAddress at -> "[%s]:%s:%d".formatted(at.address(), protocol(server), at.port());
            case AtMark at -> "FWM " + at.mark() + (at.family() == Family.IPV6 ? " IPv6" : "");
        };
    }

    private static String protocol(VirtualServer server) {
        return server.protocol() == null
                ? "none"
                : server.protocol().name().toLowerCase(Locale.ROOT);
    }

    private static String serverName(
            VirtualServer server, Address address, int port, VirtualServer.Forwarding forwarding) {
        VirtualServer.Service first = server.services().getFirst();
        return "[%s]:%s:%d"
                .formatted(
                        address,
                        first instanceof AtMark ? "none" : protocol(server),
                        server.portBehind(first, port, forwarding));
    }

    // Real servers.

    private PoolSettings.Server server(VirtualServer from, String name, RealServer server) {
        String serverName = serverName(from, server.address(), server.port(), server.forwarding());
        List<PoolSettings.Check> all = new ArrayList<>();
        for (Checker checker : server.checkers()) {
            Problem complaint = KeepalivedChecks.complaint(checker);
            if (complaint != null) {
                problems.add(complaint);
            }
            checks.check(checker, serverName, name).ifPresent(all::add);
        }
        if (server.mail() && !settings.globals().mail().recipients().isEmpty()) {
            problem(
                    Problem.Severity.WARNING,
                    server.place(),
                    "`smtp_alert` is not done yet",
                    "no mail is sent about real servers; use notify_up and notify_down");
        }
        return new PoolSettings.Server(
                serverName,
                server.weight(),
                server.isInhibited(),
                scripts.allowedOrNull(server.up()),
                scripts.allowedOrNull(server.down()),
                all);
    }

    private static VirtualServer.Forwarding sorryForwarding(
            VirtualServer server, SorryServer sorry) {
        return sorry.forwarding() == null ? server.forwarding() : sorry.forwarding();
    }

    // Services.

    private FilePool.Service service(VirtualServer from, VirtualServer.Service service) {
        List<FilePool.Server> servers = new ArrayList<>();
        for (RealServer server : from.realServers()) {
            servers.add(
                    new FilePool.Server(
                            new ServerKey(
                                    server.address(),
                                    from.portBehind(service, server.port(), server.forwarding())),
                            new ServerSettings(
                                    forwarding(server.forwarding()),
                                    number(server.weight()),
                                    number(server.upperThreshold()),
                                    number(server.lowerThreshold()),
                                    tunnel(server.forwarding()))));
        }
        return new FilePool.Service(
                key(from, service), settings(from), servers, sorryServer(from, service));
    }

    private static FilePool.@Nullable Server sorryServer(
            VirtualServer from, VirtualServer.Service service) {
        SorryServer sorry = from.sorryServer();
        if (sorry == null) {
            return null;
        }
        VirtualServer.Forwarding forwarding = sorryForwarding(from, sorry);
        return new FilePool.Server(
                new ServerKey(sorry.address(), from.portBehind(service, sorry.port(), forwarding)),
                new ServerSettings(forwarding(forwarding), 1, 0, 0, tunnel(forwarding)));
    }

    private static ServiceKey key(VirtualServer from, VirtualServer.Service service) {
        return switch (service) {
            case AtAddress at ->
                    new ServiceKey.AtAddress(
                            switch (from.protocol()) {
                                case UDP -> Protocol.UDP;
                                case SCTP -> Protocol.SCTP;
                                case TCP -> Protocol.TCP;
                                case null -> Protocol.TCP;
                            },
                            at.address(),
                            at.port());
            case AtMark at -> new ServiceKey.AtMark(at.family(), (int) at.mark());
        };
    }

    private static ServiceSettings settings(VirtualServer from) {
        VirtualServer.Persistence persistence = from.persistence();
        return new ServiceSettings(
                from.scheduler(),
                from.schedulerFlags(),
                persistence == null ? null : persistence(from, persistence),
                persistence == null ? "" : persistence.engine(),
                from.isOnePacket());
    }

    private static Persistence persistence(
            VirtualServer from, VirtualServer.Persistence persistence) {
        boolean isIpv6 =
                switch (from.services().getFirst()) {
                    case AtAddress at -> at.address().isIpv6();
                    case AtMark at -> at.family() == Family.IPV6;
                };
        Address all = isIpv6 ? Address.ipv6(-1, -1) : Address.ipv4(-1);
        Address mask = all.masked(persistence.prefixBits());
        return new Persistence(persistence.seconds(), mask.high(), mask.low());
    }

    private static Forwarding forwarding(VirtualServer.Forwarding from) {
        return switch (from) {
            case VirtualServer.Masquerading _ -> Forwarding.NAT;
            case VirtualServer.DirectRouting _ -> Forwarding.DIRECT_ROUTING;
            case VirtualServer.Tunnel _ -> Forwarding.TUNNEL;
        };
    }

    private static Encapsulation tunnel(VirtualServer.Forwarding from) {
        if (!(from instanceof VirtualServer.Tunnel tunnel)) {
            return Encapsulation.IPIP;
        }
        return new Encapsulation(
                switch (tunnel.kind()) {
                    case IPIP -> Encapsulation.Type.IPIP;
                    case GUE -> Encapsulation.Type.GUE;
                    case GRE -> Encapsulation.Type.GRE;
                },
                tunnel.port(),
                switch (tunnel.checksum()) {
                    case NONE -> Encapsulation.Checksum.NONE;
                    case FULL -> Encapsulation.Checksum.FULL;
                    case REMOTE -> Encapsulation.Checksum.REMOTE;
                });
    }

    private static int number(long value) {
        return (int) Math.min(value, Integer.MAX_VALUE);
    }

    // What the director can do.

    /// Says what of a pool the director would refuse, before anything depends on it.
    private void tryOut(FilePool pool, VirtualServer from, DesiredState empty) {
        FilePool.Service service = pool.services().getFirst();
        DesiredState state = empty;
        try {
            state = state.with(new Edit.AddService(Origin.FILE, service.key(), service.settings()));
        } catch (RefusedException e) {
            problem(Problem.Severity.ERROR, pool.place(), words(e.reason(), from), "");
            return;
        }
        for (int i = 0; i < service.servers().size(); i++) {
            tryOut(state, service, service.servers().get(i), from.realServers().get(i).place());
        }
        if (service.sorryServer() != null && from.sorryServer() != null) {
            tryOut(state, service, service.sorryServer(), from.sorryServer().place());
        }
    }

    private void tryOut(
            DesiredState state, FilePool.Service service, FilePool.Server server, Place place) {
        try {
            state.with(
                    new Edit.AddServer(
                            Origin.FILE, service.key(), server.key(), server.settings()));
        } catch (RefusedException e) {
            problem(
                    Problem.Severity.ERROR,
                    place,
                    e.reason() == Refusal.Reason.OUT_OF_RANGE
                            ? "the lower threshold is above the upper one"
                            : "no server can be at " + server.key(),
                    "");
        }
    }

    private static String words(Refusal.Reason reason, VirtualServer from) {
        if (reason != Refusal.Reason.SCHEDULER_NOT_FOUND) {
            return "the director refuses this service: " + reason;
        }
        return from.persistence() != null && !from.persistence().engine().isEmpty()
                ? "the persistence engine " + from.persistence().engine() + " is not done yet"
                : "the scheduler " + from.scheduler() + " is not done yet";
    }
}
