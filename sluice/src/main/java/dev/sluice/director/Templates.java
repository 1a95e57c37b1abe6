package dev.sluice.director;

import static dev.sluice.director.Connections.NONE;

import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;
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
    private final Flow key = new Flow();

    Templates(ConnectionTable table, Connections connections) {
        this.table = table;
        this.connections = connections;
    }

    /// The template that this packet's client is to follow, or NONE. One whose real server is gone
    /// is retired: its client is scheduled anew.
    int find(PacketView packet, VirtualService service, Persistence persistence, Policy policy) {
        int id = table.findTemplate(key(packet, service, persistence), service.id());
        if (id == NONE || leadsOn(connections.server(id), policy)) {
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
        Flow template = key(packet, service, persistence);
        return connections.beginTemplate(
                template,
                packet.mark(),
                service,
                server,
                /* realPort= */ template.destinationPort() == 0 ? 0 : server.port(),
                persistence.timeoutSeconds(),
                nowTicks);
    }

    private Flow key(PacketView packet, VirtualService service, Persistence persistence) {
        long clientHigh = packet.sourceHigh() & persistence.maskHigh();
        long clientLow = packet.sourceLow() & persistence.maskLow();
        return switch (service.key()) {
            case ServiceKey.AtAddress at ->
                    key.of(packet.isIpv6(), packet.protocol())
                            .from(clientHigh, clientLow, 0)
                            .to(packet.destinationHigh(), packet.destinationLow(), at.port());
            // The mark takes the place of the first four bytes of the address.
            case ServiceKey.AtMark at ->
                    key.of(packet.isIpv6(), 0)
                            .from(clientHigh, clientLow, 0)
                            .to(
                                    packet.isIpv6() ? (long) at.mark() << 32 : 0,
                                    packet.isIpv6() ? 0 : at.mark() & 0xffff_ffffL,
                                    0);
        };
    }

    /// Weight 0 and overload do not count: a known client keeps its server.
    private static boolean leadsOn(@Nullable RealServer server, Policy policy) {
        return server != null
                && server.available()
                && !(server.weight() == 0 && policy.isOn(Setting.EXPIRE_QUIESCENT_TEMPLATE));
    }
}
