package dev.sluice.director.forward;

import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.service.RealServer;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;
import dev.sluice.wire.Udp;

import org.jspecify.annotations.Nullable;

/// Network address translation of a connection's packets (ipvs.md §7.3, §7.5, §7.6):
///
/// ```
///             from the client              to the real server
///  packet     client → virtual             client → real
///  error      …      → virtual             …      → real
///   about     virtual → client             real   → client
///
///             from the real server         to the client
///  packet     real → client                virtual → client
///  error      …    → client                virtual → client
///   about     client → real                client  → virtual
/// ```
///
/// The source of an error for the client becomes the virtual address whoever sent it, routers
/// included: the client must not see what is behind.
final class Nat implements Forwarder {

    static final Nat NAT = new Nat();

    private Nat() {}

    @Override
    public boolean repliesPass() {
        return true;
    }

    @Override
    public int overheadBytes(RealServer server) {
        return 0;
    }

    @Override
    public void toServer(
            PacketView packet,
            ConnectionRecords records,
            int id,
            RealServer server,
            Transmission transmission) {
        Rewrite.destination(
                packet, records.realHigh(id), records.realLow(id), records.realPort(id));
        fillMissingChecksum(packet);
    }

    @Override
    public void toClient(PacketView packet, ConnectionRecords records, int id) {
        Rewrite.source(
                packet, records.virtualHigh(id), records.virtualLow(id), records.virtualPort(id));
        fillMissingChecksum(packet);
    }

    @Override
    public void errorToServer(
            PacketView packet,
            ConnectionRecords records,
            int id,
            @Nullable RealServer server,
            Transmission transmission) {
        Rewrite.destination(packet, records.realHigh(id), records.realLow(id), 0);
        Rewrite.quotedSource(
                packet, records.realHigh(id), records.realLow(id), records.realPort(id));
    }

    @Override
    public void errorToClient(PacketView packet, ConnectionRecords records, int id) {
        Rewrite.source(packet, records.virtualHigh(id), records.virtualLow(id), 0);
        Rewrite.quotedDestination(
                packet, records.virtualHigh(id), records.virtualLow(id), records.virtualPort(id));
    }

    @Override
    public boolean undo(PacketView packet, ConnectionRecords records, int id) {
        Rewrite.destination(
                packet, records.virtualHigh(id), records.virtualLow(id), records.virtualPort(id));
        return true;
    }

    @Override
    public void expired(ConnectionRecords records, int id, Transmission transmission) {}

    /// UDP without checksum gets one, as IPVS does.
    private static void fillMissingChecksum(PacketView packet) {
        if (packet.protocol() == IpProtocol.UDP
                && !packet.isChecksumPartial()
                && packet.hasPorts()
                && Udp.checksum(packet.frame(), packet.transport()) == 0) {
            Rewrite.fillChecksum(packet);
        }
    }
}
