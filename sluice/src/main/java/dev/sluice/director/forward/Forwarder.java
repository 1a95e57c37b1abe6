package dev.sluice.director.forward;

import dev.sluice.director.connection.ConnectionFlags;
import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

/// A forwarding method: what happens to a packet on each way it can go, and nothing about when it
/// goes. One file for each constant of [Forwarding].
///
/// ```
///            toServer, errorToServer
///  client ──────────────────────────► real server
///         ◄──────────────────────────
///            toClient, errorToClient       only where repliesPass
/// ```
///
/// Without state: what a method must remember of a connection stands in its record. A packet is
/// changed in place, or stays and leaves inside another one ([Transmission#leavesAs]), or makes
/// more packets ([Transmission#outbox]).
public sealed interface Forwarder permits Nat, DirectRouting, Tunnel {

    /// By the flags of a connection's record.
    static Forwarder of(int flags) {
        return of(Forwarding.of(flags & ConnectionFlags.METHOD));
    }

    static Forwarder of(Forwarding method) {
        return switch (method) {
            case NAT -> Nat.NAT;
            case DIRECT_ROUTING -> DirectRouting.DIRECT_ROUTING;
            case TUNNEL -> Tunnel.TUNNEL;
        };
    }

    /// Whether replies come here to be translated. Then the connection is found by the address and
    /// port of its real server; otherwise a reply that passes by is the stack's.
    boolean repliesPass();

    /// The path to a connection's real server, or null when there is none. As a rule the server is
    /// where the record says.
    ///
    /// @param server null when it is gone
    default @Nullable Path path(
            Paths paths,
            PacketView packet,
            ConnectionRecords records,
            int id,
            @Nullable RealServer server) {
        return paths.find(
                packet.isIpv6(),
                /* sourceHigh= */ 0,
                /* sourceLow= */ 0,
                records.realHigh(id),
                records.realLow(id));
    }

    /// Bytes that stand in front of the packet on its way to this server; the MTU is less by them.
    int overheadBytes(RealServer server);

    /// Whether a packet with DF that is too long is refused, instead of being sent in pieces.
    default boolean heedsDontFragment(PacketView packet, Policy policy) {
        return true;
    }

    /// A client's packet.
    void toServer(
            PacketView packet,
            ConnectionRecords records,
            int id,
            RealServer server,
            Transmission transmission);

    /// A real server's packet, if [#repliesPass].
    void toClient(PacketView packet, ConnectionRecords records, int id);

    /// An ICMP error about a reply.
    ///
    /// @param server null when it is gone
    void errorToServer(
            PacketView packet,
            ConnectionRecords records,
            int id,
            @Nullable RealServer server,
            Transmission transmission);

    /// An ICMP error about a client's packet, if [#repliesPass].
    void errorToClient(PacketView packet, ConnectionRecords records, int id);

    /// Makes of what [#toServer] made again what the client sent: he has to be told about it.
    ///
    /// @param packet shows what left
    /// @return whether that could be done
    boolean undo(PacketView packet, ConnectionRecords records, int id);

    /// The connection's time is up and it will be removed: both ends may be told
    /// ([Transmission#outbox]).
    void expired(ConnectionRecords records, int id, Transmission transmission);
}
