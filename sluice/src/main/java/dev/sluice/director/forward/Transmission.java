package dev.sluice.director.forward;

import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.Ipv4Fragmenter;
import dev.sluice.wire.Ipv6Fragmenter;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// The way of one packet out of the director: its route, then its time to live, then the MTU; the
/// same for every forwarding method and direction. Only a packet that can go is changed.
///
/// One object per director; what it shows is about the last packet.
public final class Transmission {

    private static final int LONGEST_PACKET = 65535;

    private final Paths paths;
    private final Outbox outbox;
    private final ConnectionRecords records;
    private final PathMtus pathMtus = new PathMtus();
    private final Encapsulator encapsulator;

    private Policy policy = Policy.DEFAULT;
    private @Nullable Path path;
    private int mtuBytes;
    private int fragmentBytes;
    private long start;
    private int bytes;
    private boolean ipv6;

    /// Whether a packet can go on.
    public enum Outcome {
        /// Out of this machine.
        LEAVES,
        /// Its destination is this machine.
        LOCAL,
        NO_ROUTE,
        TTL_EXPIRED,
        /// It must not be fragmented, and exceeds [Transmission#mtuBytes].
        TOO_BIG;

        public boolean goesOn() {
            return this == LEAVES || this == LOCAL;
        }
    }

    /// @param key a secret of this director
    public Transmission(Paths paths, Outbox outbox, ConnectionRecords records, long key) {
        this.paths = paths;
        this.outbox = outbox;
        this.records = records;
        encapsulator = new Encapsulator(paths, outbox, key);
    }

    public void configure(Policy newest) {
        policy = newest;
    }

    /// Sends a client's packet to its connection's real server, if it can go.
    public Outcome toServer(PacketView packet, int id, RealServer server) {
        Forwarder forwarder = Forwarder.of(records.flags(id));
        Outcome outcome = wayToServer(packet, id, server, forwarder);
        if (outcome.goesOn()) {
            passHop(packet, outcome);
            leavesAs(packet.ip(), packet.length(), packet.isIpv6());
            forwarder.toServer(packet, records, id, server, this);
        }
        return outcome;
    }

    /// Sends an ICMP error about a reply to the connection's real server, if it can go.
    ///
    /// @param server null when it is gone
    public Outcome errorToServer(PacketView packet, int id, @Nullable RealServer server) {
        Forwarder forwarder = Forwarder.of(records.flags(id));
        Outcome outcome = wayToServer(packet, id, server, forwarder);
        if (outcome.goesOn()) {
            passHop(packet, outcome);
            leavesAs(packet.ip(), packet.length(), packet.isIpv6());
            forwarder.errorToServer(packet, records, id, server, this);
        }
        return outcome;
    }

    /// Whether a reply, or an ICMP error for the client, can go. It goes where it says. That is the
    /// client, unless an error is forged: it may quote one client and go to another.
    public Outcome wayToClient(PacketView packet, int id) {
        boolean rerouted = policy.isOn(Setting.SNAT_REROUTE);
        path =
                paths.find(
                        packet.isIpv6(),
                        rerouted ? records.virtualHigh(id) : packet.sourceHigh(),
                        rerouted ? records.virtualLow(id) : packet.sourceLow(),
                        packet.destinationHigh(),
                        packet.destinationLow());
        return judge(packet, path, path == null ? 0 : path.mtuBytes(), 0, true);
    }

    /// Sends a reply for which [#wayToClient] has found a way.
    public void toClient(PacketView packet, int id, Outcome way) {
        passHop(packet, way);
        Forwarder.of(records.flags(id)).toClient(packet, records, id);
        leavesAs(packet.ip(), packet.length(), packet.isIpv6());
    }

    /// Sends an ICMP error for which [#wayToClient] has found a way.
    public void errorToClient(PacketView packet, int id, Outcome way) {
        passHop(packet, way);
        Forwarder.of(records.flags(id)).errorToClient(packet, records, id);
        leavesAs(packet.ip(), packet.length(), packet.isIpv6());
    }

    /// The time of a connection is up: its ends are told if its method wants it.
    public void expired(int id) {
        Forwarder.of(records.flags(id)).expired(records, id, this);
    }

    private Outcome wayToServer(
            PacketView packet, int id, @Nullable RealServer server, Forwarder forwarder) {
        path = forwarder.path(paths, packet, records, id, server);
        int pathMtuBytes = path == null ? 0 : path.mtuBytes();
        int overhead = server == null ? 0 : forwarder.overheadBytes(server);
        if (server != null && overhead > 0) {
            pathMtuBytes = pathMtus.limit(server.address(), pathMtuBytes);
            if (server.address().isIpv6()) {
                // What every IPv6 link must carry, whatever a route says (RFC 8200 §5).
                pathMtuBytes = Math.max(Ipv6Fragmenter.MIN_MTU, pathMtuBytes);
            }
        }
        boolean heedsDontFragment = forwarder.heedsDontFragment(packet, policy);
        return judge(packet, path, pathMtuBytes, overhead, heedsDontFragment);
    }

    private Outcome judge(
            PacketView packet,
            @Nullable Path found,
            int pathMtuBytes,
            int overheadBytes,
            boolean heedsDontFragment) {
        fragmentBytes = 0;
        if (found == null) {
            return Outcome.NO_ROUTE;
        }
        if (found.isLocal()) {
            return Outcome.LOCAL;
        }
        if (packet.ttl() <= 1) {
            return Outcome.TTL_EXPIRED;
        }
        int room = pathMtuBytes - overheadBytes;
        mtuBytes = told(packet, room, overheadBytes);
        if (exceeds(packet, room)) {
            boolean mustNot = packet.dontFragment() && heedsDontFragment;
            if (mustNot && exceeds(packet, mtuBytes) || !fitsAnother(packet, overheadBytes)) {
                return Outcome.TOO_BIG;
            }
            fragmentBytes = pathMtuBytes;
        }
        return Outcome.LEAVES;
    }

    /// What the sender of a packet that is too long may send. Whatever is between us and the real
    /// server, it is no less than what every link must carry; in a tunnel that is cut then.
    private static int told(PacketView packet, int room, int overheadBytes) {
        if (overheadBytes == 0) {
            return room;
        }
        return Math.max(room, packet.isIpv6() ? Ipv6Fragmenter.MIN_MTU : Ipv4Fragmenter.MIN_MTU);
    }

    /// Whether the packet can be inside of another one at all.
    private static boolean fitsAnother(PacketView packet, int overheadBytes) {
        return overheadBytes == 0
                || packet.gsoSize() > 0
                || packet.length() + overheadBytes <= LONGEST_PACKET;
    }

    private static void passHop(PacketView packet, Outcome way) {
        if (way == Outcome.LEAVES) {
            Rewrite.decrementTtl(packet);
        }
    }

    /// Whether the packet is longer than this; a super-packet counts as the packets that it will be
    /// cut into.
    private static boolean exceeds(PacketView packet, int mtuBytes) {
        int length = packet.length();
        if (packet.gsoSize() > 0) {
            length = length - packet.payloadLength() + packet.gsoSize();
        }
        return length > mtuBytes;
    }

    /// For a [Forwarder]: what leaves is not the packet as it came, but what starts there, with the
    /// packet inside. It lies in the same memory.
    public void leavesAs(long newStart, int newBytes, boolean newIpv6) {
        start = newStart;
        bytes = newBytes;
        ipv6 = newIpv6;
    }

    /// For a [Forwarder]: what leaves need not be cut, after all.
    void leavesWhole() {
        fragmentBytes = 0;
    }

    /// For a [Forwarder]: wraps packets.
    Encapsulator encapsulator() {
        return encapsulator;
    }

    /// For a [Forwarder]: the settings in force.
    Policy policy() {
        return policy;
    }

    /// A router on the way to a tunnelled server lets packets of so many bytes through.
    ///
    /// @return the largest packet that can be wrapped for it
    public int learnPathMtu(RealServer server, Forwarder forwarder, int bytes, int nowTicks) {
        pathMtus.learn(server.address(), bytes, nowTicks);
        return pathMtus.limit(server.address(), Integer.MAX_VALUE)
                - forwarder.overheadBytes(server);
    }

    /// Forgets what was learned of paths long ago.
    public void expirePathMtus(int nowTicks) {
        pathMtus.expire(nowTicks);
    }

    /// For a [Forwarder]: takes packets beside the one in hand.
    public Outbox outbox() {
        return outbox;
    }

    /// Where the packet goes; also for a [Forwarder].
    public Path path() {
        return Objects.requireNonNull(path, "no route");
    }

    /// Of TOO_BIG: the largest packet that could go.
    public int mtuBytes() {
        return mtuBytes;
    }

    /// Of LEAVES: 0, or what leaves (IPv4 without DF, or an IPv6 tunnel packet) has to be cut into
    /// fragments of at most this many bytes.
    public int fragmentBytes() {
        return fragmentBytes;
    }

    /// Where what leaves starts.
    public long start() {
        return start;
    }

    public int bytes() {
        return bytes;
    }

    public boolean isIpv6() {
        return ipv6;
    }
}
