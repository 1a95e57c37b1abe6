package dev.sluice.director.protocol;

import dev.sluice.director.connection.Direction;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.Timeouts;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

/// A transport protocol as the director follows it: which packets begin a connection, and how its
/// states lead on. One file for each; the state itself is a number in the connection's record.
public sealed interface Transport permits Tcp, Udp, Sctp {

    /// By the IP protocol number; null when it is not balanced.
    static @Nullable Transport of(int protocol) {
        return switch (protocol) {
            case IpProtocol.TCP -> Tcp.TCP;
            case IpProtocol.UDP -> Udp.UDP;
            case IpProtocol.SCTP -> Sctp.SCTP;
            default -> null;
        };
    }

    Protocol protocol();

    /// Whether a packet that belongs to no connection may begin one.
    boolean begins(PacketView packet, Policy policy);

    /// Whether a packet ends a connection and wants no answer.
    boolean resets(PacketView packet);

    /// Whether a packet asks for a new connection although it may find one.
    boolean asksAnew(PacketView packet);

    /// Whether a connection in this state gives way to a packet that asks anew (ipvs.md §3.8).
    ///
    /// @param onlyInput no packet of the real server has been seen
    /// @param reuseMode `conn_reuse_mode`, not 0
    boolean mayBeReplaced(int state, boolean onlyInput, int reuseMode);

    /// The state after a packet.
    ///
    /// @param onlyInput no packet of the real server has been seen: replies may never pass here
    int next(int state, PacketView packet, Direction direction, boolean onlyInput, Policy policy);

    /// Whether a connection in this state has not come about yet: the client asked, and waits for
    /// its real server.
    boolean isOpening(int state);

    /// Whether a connection in this state has ended at once when it was opening before.
    boolean isRefused(int state);

    /// Whether a connection in this state counts as active.
    boolean isActive(int state);

    /// What becomes of a connection in this state under attack (ipvs.md §3.7).
    Fate underAttack(int state);

    /// Whether a packet that led from one state to another, or the same, shows that the template
    /// behind the connection serves a client that is really there.
    boolean assures(int before, int after, Direction direction);

    /// How long a connection in this state lives without packets.
    default int timeoutSeconds(int state, Timeouts timeouts) {
        return timeouts.seconds(protocol(), state);
    }

    /// As `ipvsadm -Lc` names it.
    String stateName(int state);
}
