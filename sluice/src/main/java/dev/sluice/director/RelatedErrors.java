package dev.sluice.director;

import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.forward.Transmission;
import dev.sluice.director.forward.Transmission.Outcome;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;

/// ICMP errors about a packet of a connection, which they quote: from behind the director about a
/// client's packet, or from the client's side about a reply (ipvs.md §7.6). They are translated
/// like the packet they are about, and change nothing of the connection.
final class RelatedErrors {

    private final Flows flows;
    private final Connections connections;
    private final Scheduling scheduling;
    private final Transmission transmission;
    private final TunnelErrors tunnelErrors;
    private final Verdict verdict;

    RelatedErrors(
            Flows flows,
            Connections connections,
            Scheduling scheduling,
            Transmission transmission,
            TunnelErrors tunnelErrors,
            Verdict verdict) {
        this.flows = flows;
        this.connections = connections;
        this.scheduling = scheduling;
        this.transmission = transmission;
        this.tunnelErrors = tunnelErrors;
        this.verdict = verdict;
    }

    Verdict process(PacketView packet, Policy policy, long nowNanos, int nowTicks) {
        int id = flows.take(packet);
        return switch (flows.role()) {
            case ERROR_FOR_CLIENT -> forClient(packet, id);
            case ERROR_FOR_SERVER -> forServer(packet, id);
            case REQUEST, REPLY, STRANGER -> aboutOthers(packet, policy, nowNanos, nowTicks);
        };
    }

    /// It may be about a reply that passed another director: one of the real servers gets it, and
    /// the same one what the client sends next.
    private Verdict aboutUnknown(PacketView packet, long nowNanos, int nowTicks) {
        int id = scheduling.beginFromError(packet, nowNanos, nowTicks);
        if (id == ConnectionTable.NONE) {
            return verdict;
        }
        forServer(packet, id);
        if (connections.isOnePacket(id)) {
            connections.endOnePacket(id, /* moreComes= */ false, nowTicks);
        }
        return verdict;
    }

    private Verdict aboutOthers(PacketView packet, Policy policy, long nowNanos, int nowTicks) {
        if (tunnelErrors.take(packet, nowNanos, nowTicks)) {
            return verdict;
        }
        return policy.isOn(Setting.SCHEDULE_ICMP) && Flows.isErrorAboutFlow(packet)
                ? aboutUnknown(packet, nowNanos, nowTicks)
                : verdict.toStack(StackReason.UNRELATED_ERROR);
    }

    private Verdict forClient(PacketView packet, int id) {
        if (!connections.repliesPass(id)) {
            connections.countOut(packet, connections.server(id));
            return verdict.toStack(StackReason.DIRECT_REPLY);
        }
        if (!Rewrite.isChecksumRight(packet)) {
            return verdict.drop(DropReason.BAD_ICMP_CHECKSUM);
        }
        Outcome way = transmission.wayToClient(packet, id);
        if (!way.goesOn()) {
            return verdict.toStack(StackReason.REPLY_NOT_FORWARDABLE);
        }
        connections.countOut(packet, connections.server(id));
        transmission.errorToClient(packet, id, way);
        return way == Outcome.LOCAL
                ? verdict.toStack(StackReason.LOCAL_CLIENT)
                : verdict.forward(transmission, Verdict.NO_ORIGIN);
    }

    /// Nobody is told about an error that cannot go on.
    private Verdict forServer(PacketView packet, int id) {
        if (!Rewrite.isChecksumRight(packet)) {
            return verdict.drop(DropReason.BAD_ICMP_CHECKSUM);
        }
        connections.countIn(packet, connections.server(id));
        Outcome outcome = transmission.errorToServer(packet, id, connections.server(id));
        return switch (outcome) {
            case LEAVES -> verdict.forward(transmission, Verdict.NO_ORIGIN);
            case LOCAL -> verdict.toStack(StackReason.LOCAL_REAL_SERVER);
            case NO_ROUTE, TTL_EXPIRED, TOO_BIG -> verdict.drop(DropReason.of(outcome));
        };
    }
}
