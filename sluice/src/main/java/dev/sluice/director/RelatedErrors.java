package dev.sluice.director;

import dev.sluice.director.forward.Transmission;
import dev.sluice.director.forward.Transmission.Outcome;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;

/// ICMP errors about a packet of a connection, which they quote: from behind the director about a
/// client's packet, or from the client's side about a reply (ipvs.md §7.6). They are translated
/// like the packet they are about, and change nothing of the connection.
final class RelatedErrors {

    private final Flows flows;
    private final Connections connections;
    private final Transmission transmission;
    private final Verdict verdict;

    RelatedErrors(
            Flows flows, Connections connections, Transmission transmission, Verdict verdict) {
        this.flows = flows;
        this.connections = connections;
        this.transmission = transmission;
        this.verdict = verdict;
    }

    Verdict process(PacketView packet) {
        int id = flows.take(packet);
        return switch (flows.role()) {
            case ERROR_FOR_CLIENT -> forClient(packet, id);
            case ERROR_FOR_SERVER -> forServer(packet, id);
            case REQUEST, REPLY, STRANGER -> verdict.toStack(StackReason.UNRELATED_ERROR);
        };
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
