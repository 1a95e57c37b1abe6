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
/// | FTP, any port | TCP | the packet's | 0 | 0 |
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

    /// The template that this request's client is to follow, or NONE. One whose real server is gone
    /// is retired: its client is scheduled anew.
    int find(Flow request, VirtualService service, Persistence persistence, Policy policy) {
        int id = table.findTemplate(key(request, service, persistence), service.id());
        if (id == NONE || leadsOn(connections.server(id), policy)) {
            return id;
        }
        connections.retireTemplate(id);
        return NONE;
    }

    /// A new template for this request's client, or NONE when there is no room.
    int begin(
            Flow request,
            int mark,
            VirtualService service,
            Persistence persistence,
            RealServer server,
            int nowTicks) {
        Flow template = key(request, service, persistence);
        return connections.beginTemplate(
                template,
                mark,
                service,
                server,
                /* realPort= */ template.destinationPort() == 0 ? 0 : server.port(),
                persistence.timeoutSeconds(),
                nowTicks);
    }

    private Flow key(Flow request, VirtualService service, Persistence persistence) {
        long clientHigh = request.sourceHigh() & persistence.maskHigh();
        long clientLow = request.sourceLow() & persistence.maskLow();
        return switch (service.key()) {
            case ServiceKey.AtAddress at ->
                    key.of(request.isIpv6(), request.protocol())
                            .from(clientHigh, clientLow, 0)
                            .to(
                                    request.destinationHigh(),
                                    request.destinationLow(),
                                    at.isFtp() ? 0 : at.port());
            // The mark takes the place of the first four bytes of the address.
            case ServiceKey.AtMark at ->
                    key.of(request.isIpv6(), 0)
                            .from(clientHigh, clientLow, 0)
                            .to(
                                    request.isIpv6() ? (long) at.mark() << 32 : 0,
                                    request.isIpv6() ? 0 : at.mark() & 0xffff_ffffL,
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
