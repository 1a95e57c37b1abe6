package dev.sluice.director;

import static dev.sluice.director.Connections.NONE;

import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Flow;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

/// Persistence: a template remembers the real server of a client, or of all clients that are equal
/// under the service's mask (ipvs.md §6).
///
/// A template's key is the client, the virtual endpoint and the service; what the virtual endpoint
/// is depends on the kind of service:
///
/// | Service | protocol | virtual address | virtual port | real port |
/// | --- | --- | --- | --- | --- |
/// | address and port | the packet's | the packet's | the service's | the real server's |
/// | address, all ports | the packet's | the packet's | 0 | 0 |
/// | mark | 0 | the mark, read as an address | 0 | 0 |
final class Templates {

    private final ConnectionTable table;
    private final Connections connections;
    private final boolean expireQuiescent;
    private final Flow key = new Flow();

    Templates(ConnectionTable table, Connections connections, boolean expireQuiescent) {
        this.table = table;
        this.connections = connections;
        this.expireQuiescent = expireQuiescent;
    }

    /// The template that this packet's client is to follow, or NONE. One whose real server is gone
    /// is retired: its client is scheduled anew.
    int find(PacketView packet, VirtualService service, Persistence persistence) {
        int id = table.findTemplate(key(packet, service, persistence), service.id());
        if (id == NONE || leadsOn(connections.server(id))) {
            return id;
        }
        connections.retireTemplate(id);
        return NONE;
    }

    /// A new template for this packet's client, or NONE when there is no room.
    int begin(
            PacketView packet,
            VirtualService service,
            Persistence persistence,
            RealServer server,
            int nowTicks) {
        return connections.beginTemplate(
                key(packet, service, persistence),
                packet.mark(),
                service,
                server,
                virtualPort(service) == 0 ? 0 : server.port(),
                persistence.timeoutSeconds(),
                nowTicks);
    }

    private Flow key(PacketView packet, VirtualService service, Persistence persistence) {
        return key.of(packet.isIpv6(), protocol(packet, service))
                .from(
                        packet.sourceHigh() & persistence.maskHigh(),
                        packet.sourceLow() & persistence.maskLow(),
                        0)
                .to(
                        virtualHigh(packet, service),
                        virtualLow(packet, service),
                        virtualPort(service));
    }

    /// Weight 0 and overload do not count: a known client keeps its server.
    private boolean leadsOn(@Nullable RealServer server) {
        return server != null && server.available() && !(expireQuiescent && server.weight() == 0);
    }

    private static int protocol(PacketView packet, VirtualService service) {
        return service.key() instanceof ServiceKey.AtMark ? 0 : packet.protocol();
    }

    private static int virtualPort(VirtualService service) {
        return service.key() instanceof ServiceKey.AtAddress at ? at.port() : 0;
    }

    /// The mark takes the place of the first four bytes of the address.
    private static long virtualHigh(PacketView packet, VirtualService service) {
        return service.key() instanceof ServiceKey.AtMark at
                ? packet.isIpv6() ? (long) at.mark() << 32 : 0
                : packet.destinationHigh();
    }

    private static long virtualLow(PacketView packet, VirtualService service) {
        return service.key() instanceof ServiceKey.AtMark at
                ? packet.isIpv6() ? 0 : at.mark() & 0xffff_ffffL
                : packet.destinationLow();
    }
}
