package dev.sluice.director.forward;

import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.service.RealServer;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

/// Direct routing (ipvs.md §7.3): the frame goes to the real server's link address, the packet
/// stays as it is. The real server has the virtual address too and answers the client by itself.
final class DirectRouting implements Forwarder {

    static final DirectRouting DIRECT_ROUTING = new DirectRouting();

    private DirectRouting() {}

    @Override
    public boolean repliesPass() {
        return false;
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
            Transmission transmission) {}

    @Override
    public void toClient(PacketView packet, ConnectionRecords records, int id) {}

    @Override
    public void errorToServer(
            PacketView packet,
            ConnectionRecords records,
            int id,
            @Nullable RealServer server,
            Transmission transmission) {}

    @Override
    public void errorToClient(PacketView packet, ConnectionRecords records, int id) {}

    @Override
    public boolean undo(PacketView packet, ConnectionRecords records, int id) {
        return true;
    }

    @Override
    public void expired(ConnectionRecords records, int id, Transmission transmission) {}
}
