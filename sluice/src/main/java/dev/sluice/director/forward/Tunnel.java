package dev.sluice.director.forward;

import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.Gre;
import dev.sluice.wire.Gue;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.TunnelPacket;
import dev.sluice.wire.Udp;

import org.jspecify.annotations.Nullable;

/// Tunnelling (ipvs.md §7.5): the packet goes to the real server, wherever it is and of whichever
/// family, inside another one. The real server unwraps it, has the virtual address too and answers
/// the client by itself.
///
/// Address and encapsulation are those of the server as it is configured now; a record has room for
/// an address of its own family only.
final class Tunnel implements Forwarder {

    static final Tunnel TUNNEL = new Tunnel();

    private Tunnel() {}

    @Override
    public boolean repliesPass() {
        return false;
    }

    @Override
    public @Nullable Path path(
            Paths paths,
            PacketView packet,
            ConnectionRecords records,
            int id,
            @Nullable RealServer server) {
        if (server == null) {
            return null;
        }
        boolean ipv6 = server.address().isIpv6();
        long high = server.address().high();
        long low = server.address().low();
        Path path = paths.find(ipv6, /* sourceHigh= */ 0, /* sourceLow= */ 0, high, low);
        boolean canBeSent =
                path != null && (path.isLocal() || paths.source(ipv6, high, low) != null);
        return canBeSent ? path : null;
    }

    @Override
    public int overheadBytes(RealServer server) {
        Encapsulation encapsulation = server.encapsulation();
        int ip = server.address().isIpv6() ? Ipv6.HEADER_BYTES : Ipv4.HEADER_BYTES;
        return ip
                + switch (encapsulation.type()) {
                    case IPIP -> 0;
                    case GUE -> Udp.HEADER_BYTES + Gue.HEADER_BYTES;
                    case GRE ->
                            encapsulation.hasChecksum() ? Gre.LONG_HEADER_BYTES : Gre.HEADER_BYTES;
                };
    }

    /// Without path MTU discovery the outer packet is cut instead. IPv6 cannot do without.
    @Override
    public boolean heedsDontFragment(PacketView packet, Policy policy) {
        return packet.isIpv6() || policy.isOn(Setting.PMTU_DISC);
    }

    @Override
    public void toServer(
            PacketView packet,
            ConnectionRecords records,
            int id,
            RealServer server,
            Transmission transmission) {
        if (!transmission.path().isLocal()) {
            transmission.encapsulator().send(packet, server, transmission);
        }
    }

    @Override
    public void toClient(PacketView packet, ConnectionRecords records, int id) {}

    @Override
    public void errorToServer(
            PacketView packet,
            ConnectionRecords records,
            int id,
            @Nullable RealServer server,
            Transmission transmission) {
        if (server != null) {
            toServer(packet, records, id, server, transmission);
        }
    }

    @Override
    public void errorToClient(PacketView packet, ConnectionRecords records, int id) {}

    /// Unwraps it. Of a fragment of the outer packet that cannot be done.
    @Override
    public boolean undo(PacketView packet, ConnectionRecords records, int id) {
        long inner =
                TunnelPacket.inner(
                        packet.frame(),
                        packet.protocol(),
                        packet.transport(),
                        packet.transportLength());
        int bytes = (int) (packet.ip() + packet.length() - inner);
        return !packet.isFragment()
                && inner != TunnelPacket.NONE
                && packet.parse(packet.frame(), inner, bytes) == null;
    }

    @Override
    public void expired(ConnectionRecords records, int id, Transmission transmission) {}
}
