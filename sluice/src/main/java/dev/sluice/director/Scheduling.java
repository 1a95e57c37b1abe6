package dev.sluice.director;

import static dev.sluice.director.connection.ConnectionTable.NONE;

import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.defence.DropPacket;
import dev.sluice.director.protocol.Transport;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Flow;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketView;

/// How connections are made for packets that have none: of which service the packet is, whether it
/// may begin one, and with which real server, the template's or the scheduler's.
final class Scheduling {

    /// Source port of active FTP data: such a connection must be known already.
    private static final int FTP_DATA = 20;

    private final ConnectionRecords records;
    private final Connections connections;
    private final Templates templates;
    private final Refusals refusals;
    private final Verdict verdict;
    private final DropPacket dropPacket = new DropPacket();

    /// What the packet in hand asks for, if it does not ask itself.
    private final Flow asked = new Flow();

    private ServiceIndex services;
    private Policy policy;

    Scheduling(
            ConnectionRecords records,
            Connections connections,
            Templates templates,
            Refusals refusals,
            Verdict verdict,
            Configuration configuration) {
        this.records = records;
        this.connections = connections;
        this.templates = templates;
        this.refusals = refusals;
        this.verdict = verdict;
        services = configuration.index();
        policy = configuration.policy();
    }

    void configure(Configuration newest) {
        services = newest.index();
        policy = newest.policy();
    }

    /// The connection that a packet without one begins, or NONE: then its verdict is given.
    int begin(PacketView packet, Transport transport, long nowNanos, int nowTicks) {
        VirtualService service = services.find(packet);
        if (service == null) {
            return passes(StackReason.NO_SERVICE);
        }
        if (!transport.begins(packet, policy)) {
            return passes(StackReason.NO_CONNECTION);
        }
        if (dropPacket.takes(policy)) {
            return refused(packet, DropReason.DEFENCE, nowNanos);
        }
        if (packet.sourcePort() == FTP_DATA) {
            return passes(StackReason.FTP_DATA);
        }
        return begin(packet, packet.flow(), service, nowNanos, nowTicks);
    }

    /// The connection that an ICMP error about an unknown reply begins, or NONE: then its verdict
    /// is given (`schedule_icmp`, ipvs.md §7.6). It stays as it is made, for three seconds.
    int beginFromError(PacketView error, long nowNanos, int nowTicks) {
        Flow reply = error.quote();
        if (!error.quotedHasPorts()) {
            return passes(StackReason.UNRELATED_ERROR);
        }
        asked.of(reply.isIpv6(), reply.protocol())
                .from(reply.destinationHigh(), reply.destinationLow(), reply.destinationPort())
                .to(reply.sourceHigh(), reply.sourceLow(), reply.sourcePort());
        VirtualService service = services.find(asked, error.mark());
        if (service == null) {
            return passes(StackReason.UNRELATED_ERROR);
        }
        if (dropPacket.takes(policy)) {
            return refused(error, DropReason.DEFENCE, nowNanos);
        }
        return begin(error, asked, service, nowNanos, nowTicks);
    }

    /// @param request from the client to the virtual endpoint: the packet's own flow, or what an
    ///   error is about
    private int begin(
            PacketView packet, Flow request, VirtualService service, long nowNanos, int nowTicks) {
        Persistence persistence = service.persistence();
        boolean otherPort =
                service.key() instanceof ServiceKey.AtAddress at
                        && at.isFtp()
                        && at.port() != request.destinationPort();
        int template = NONE;
        RealServer server = null;
        if (persistence == null && otherPort) {
            return passes(StackReason.NO_FTP_DATA);
        }
        if (persistence != null) {
            template = templates.find(request, service, persistence, policy);
            server = template == NONE ? null : connections.server(template);
        } else if (service.key().isAllPorts()) {
            return refused(packet, DropReason.NO_REAL_SERVER, nowNanos);
        }
        if (server == null) {
            server = service.pick().server(request, nowNanos);
            if (server == null) {
                if (otherPort) {
                    return passes(StackReason.NO_FTP_DATA);
                }
                return refused(packet, DropReason.NO_REAL_SERVER, nowNanos);
            }
            if (persistence != null) {
                template =
                        templates.begin(
                                request, packet.mark(), service, persistence, server, nowTicks);
                if (template == NONE) {
                    return refused(packet, DropReason.TABLE_FULL, nowNanos);
                }
            }
        }
        boolean onePacket = service.handling().onePacket() && request.protocol() == IpProtocol.UDP;
        int realPort = realPort(request.destinationPort(), service, server);
        int id =
                onePacket
                        ? connections.beginOnePacket(
                                request,
                                packet.mark(),
                                service,
                                server,
                                realPort,
                                template,
                                nowTicks)
                        : connections.begin(
                                request,
                                packet.mark(),
                                service,
                                server,
                                realPort,
                                template,
                                nowTicks);
        return id == NONE ? refused(packet, DropReason.TABLE_FULL, nowNanos) : id;
    }

    private int passes(StackReason reason) {
        verdict.toStack(reason);
        return NONE;
    }

    private int refused(PacketView packet, DropReason reason, long nowNanos) {
        refusals.refuse(packet, reason, nowNanos);
        return NONE;
    }

    /// The port on which the real server is reached (ipvs.md §2.9).
    private static int realPort(int wished, VirtualService service, RealServer server) {
        boolean asClientWished =
                server.port() == 0
                        || switch (service.key()) {
                            case ServiceKey.AtAddress at -> at.port() != wished;
                            case ServiceKey.AtMark _ -> service.persistence() != null;
                        };
        return asClientWished ? wished : server.port();
    }

    /// Whether a packet begins a new connection in the place of the one it finds (ipvs.md §3.8).
    boolean mustBeginAnew(PacketView packet, int id, Transport transport) {
        if (!transport.asksAnew(packet)) {
            return false;
        }
        if (policy.isOn(Setting.EXPIRE_NODEST_CONN)) {
            RealServer server = connections.server(id);
            if (server != null && server.weight() == 0) {
                return true;
            }
        }
        int mode = policy.get(Setting.CONN_REUSE_MODE);
        return mode != 0
                && records.controller(id) == NONE
                && transport.mayBeReplaced(records.state(id), connections.isOnlyInput(id), mode);
    }
}
