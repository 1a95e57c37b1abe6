package dev.sluice.director;

import static dev.sluice.director.Connections.NONE;

import dev.sluice.director.DirectorCounters.Other;
import dev.sluice.director.Flows.Role;
import dev.sluice.director.connection.ConnectionFlags;
import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.VirtualService;
import dev.sluice.director.state.TcpState;
import dev.sluice.wire.Address;
import dev.sluice.wire.IcmpError;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;
import dev.sluice.wire.Tcp;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.function.Consumer;

/// The balancer: a packet and the time in, a verdict out, the packet rewritten in place.
///
/// ```
///  ICMP error ───────────────► of a connection? ─yes─► translated, on
///  later fragment ───────────► first one seen?  ─yes─► translated, on
///
///  packet ─► reply of a real server? ─yes─► state, count ─► source becomes the service, on
///     │no
///     ├────► of a connection? ─yes─────────────────────────┐
///     │no                                                  ▼
///     └────► begins one, for a service? ─► scheduler ─► state, count ─► to the real server
/// ```
///
/// Everything the packet path touches is this director's own, and nothing is allocated there. Pure:
/// it is told the time (monotonic nanoseconds) and asks [Paths] for routes.
///
/// Behaviour is that of IPVS (ipvs.md) unless said otherwise.
public final class Director implements AutoCloseable {

    private static final long NANOS_PER_TICK = ConnectionTable.TICK_MILLIS * 1_000_000L;

    /// Source port of active FTP data: such a connection must be known already.
    private static final int FTP_DATA = 20;

    private final Arena arena = Arena.ofShared();
    private final int worker;
    private final DirectorSettings settings;
    private final Paths paths;
    private final DirectorCounters counters = new DirectorCounters();
    private final ConnectionTable table;
    private final ConnectionRecords records;
    private final Flows flows;
    private final Connections connections;
    private final Templates templates;
    private final Fragments fragments;
    private final AnswerLimit answerLimit;
    private final Verdict verdict;

    private ServiceIndex services;
    private boolean started;
    private long epochNanos;
    private long nowNanos;
    private int nowTicks;

    /// A director with no service.
    ///
    /// @param worker the lane of tallies that is this director's alone, from 0
    public Director(int worker, DirectorSettings settings, Paths paths) {
        this.worker = worker;
        this.settings = settings;
        this.paths = paths;
        table =
                new ConnectionTable(
                        arena,
                        settings.maxConnections(),
                        settings.hashKey0(),
                        settings.hashKey1(),
                        0);
        records = table.records();
        Configuration nothing = Configuration.empty(worker + 1);
        services = nothing.index();
        connections = new Connections(worker, table, counters, nothing, services);
        flows = new Flows(table, services);
        templates = new Templates(table, connections, settings.expireQuiescentTemplate());
        fragments = new Fragments(settings.hashKey0());
        answerLimit = new AnswerLimit(settings.icmpPerSecond(), settings.icmpBurst());
        verdict = new Verdict(arena.allocate(IcmpError.MAX_IPV6_BYTES, 8));
    }

    /// Forwards by this configuration from now on. Connections stay as they are.
    public void configure(Configuration newest) {
        services = newest.index();
        connections.configure(newest, services);
        flows.configure(services);
    }

    /// Judges one packet.
    ///
    /// @param nowNanos monotonic; not before that of the last call
    /// @return this director's verdict object, valid until the next call
    public Verdict process(PacketView packet, long nowNanos) {
        now(nowNanos);
        if (packet.isIcmpError()) {
            return processError(packet);
        }
        if (packet.isLaterFragment()) {
            return processLaterFragment(packet);
        }
        if (!Flows.isBalanced(packet.protocol())) {
            return toStack(StackReason.OTHER_PROTOCOL);
        }
        int id = flows.find(packet);
        flows.forget();
        if (flows.role() == Role.REPLY) {
            return processReply(packet, id);
        }
        if (id != NONE && mustBeScheduledAnew(packet, id)) {
            connections.removeNow(id);
            id = NONE;
        }
        if (id == NONE) {
            return processUnknown(packet);
        }
        RealServer server = connections.server(id);
        if (server != null && server.available()) {
            return processRequest(packet, id, server);
        }
        if (!settings.expireWithoutServer()) {
            return drop(DropReason.REAL_SERVER_REMOVED);
        }
        connections.removeNow(id);
        return processUnknown(packet);
    }

    /// Whether it is worth while to [#announce] the packets of a burst: there are more connections
    /// than a processor's cache holds.
    public boolean wantsAnnouncements() {
        return table.outgrowsCache();
    }

    /// This packet will be processed soon, after [#fetchAnnounced]; or it may be not, no matter.
    public void announce(PacketView packet) {
        flows.announce(packet);
    }

    /// Brings the connections of all announced packets into the processor's cache.
    public void fetchAnnounced() {
        flows.fetchAnnounced();
    }

    /// Judges a packet that was to be forwarded, as it is now, and whose next hop does not answer.
    /// It is dropped, and a client is told, as by Linux when it gives a neighbour up
    /// (`arp_error_report`).
    ///
    /// @return this director's verdict object, valid until the next call
    public Verdict undeliverable(PacketView packet, long nowNanos) {
        now(nowNanos);
        if (packet.isIcmpError() || !packet.hasPorts() || !Flows.isBalanced(packet.protocol())) {
            return drop(DropReason.NEIGHBOUR_UNRESOLVED);
        }
        int translated = flows.findTranslated(packet);
        if (translated != NONE) {
            Nat.backFromServer(packet, records, translated);
        } else if (flows.find(packet) == NONE) {
            return drop(DropReason.NEIGHBOUR_UNRESOLVED);
        }
        return refuse(packet, DropReason.NEIGHBOUR_UNRESOLVED, 0);
    }

    /// The worker that this packet is for, to be asked before [#process] where there are several:
    /// usually this one. A packet that belongs to a connection here stays; any other goes where
    /// [Steering] leads, and a reply whose service may or may not be persistent to the other one of
    /// the two that it may lead to. Whoever is handed a packet so keeps it.
    ///
    /// When a service becomes persistent or ceases to be, its clients may move to another worker;
    /// their TCP connections are still found, their UDP flows begin anew.
    public int owner(PacketView packet) {
        if (settings.steering().workers() == 1) {
            return worker;
        }
        if (packet.isIcmpError()) {
            return ownerOfError(packet);
        }
        if (packet.isLaterFragment()) {
            int entry = fragments.find(packet, nowTicks);
            boolean elsewhere = entry >= 0 && fragments.kind(entry) == Fragments.Kind.HANDED_OVER;
            return elsewhere ? fragments.value(entry) : worker;
        }
        int owner = Flows.isBalanced(packet.protocol()) ? ownerOfFlow(packet) : worker;
        if (owner != worker && packet.isFragment()) {
            fragments.remember(packet, Fragments.Kind.HANDED_OVER, owner, 0, nowTicks);
        }
        return owner;
    }

    /// Ends connections whose time has come, looking at no more than `limit`.
    ///
    /// @return how many were looked at; `limit` means that there may be more
    public int expire(long nowNanos, int limit) {
        now(nowNanos);
        flows.forget();
        return connections.expire(limit);
    }

    /// When [#expire] has something to do at the latest; `Long.MAX_VALUE` if never.
    public long nextDeadlineNanos() {
        int ticks = table.ticksUntilNextDeadline(nowTicks);
        return ticks == Integer.MAX_VALUE
                ? Long.MAX_VALUE
                : epochNanos + ((nowNanos - epochNanos) / NANOS_PER_TICK + ticks) * NANOS_PER_TICK;
    }

    /// Shows connections and templates, a slice at a time. Between slices they may come and go:
    /// those that stay are shown once.
    ///
    /// @param cursor 0 to begin, then what the last call returned
    /// @param limit records to look at
    /// @return where to go on, or -1 at the end
    public int list(int cursor, int limit, long nowNanos, Consumer<ConnectionEntry> visitor) {
        now(nowNanos);
        return table.scan(cursor, limit, id -> visitor.accept(connections.entry(id)));
    }

    /// Connections and templates held.
    public int connections() {
        return table.connections();
    }

    /// Memory held for connections.
    public long connectionBytes() {
        return table.bytes();
    }

    public DirectorCounters counters() {
        return counters;
    }

    /// Frees the connections' memory; nothing may be called after that.
    @Override
    public void close() {
        arena.close();
    }

    // ---- the way in ----

    /// A packet of no connection: a service's, if it may begin one, or else not ours.
    private Verdict processUnknown(PacketView packet) {
        VirtualService service = services.find(packet);
        if (service == null) {
            return toStack(StackReason.NO_SERVICE);
        }
        if (!beginsConnection(packet)) {
            return toStack(StackReason.NO_CONNECTION);
        }
        if (packet.sourcePort() == FTP_DATA) {
            return toStack(StackReason.FTP_DATA);
        }
        return processFirst(packet, service);
    }

    /// A packet for which a connection has to be made.
    private Verdict processFirst(PacketView packet, VirtualService service) {
        Persistence persistence = service.persistence();
        int template = NONE;
        RealServer server = null;
        if (persistence != null) {
            template = templates.find(packet, service, persistence);
            server = template == NONE ? null : connections.server(template);
        } else if (isAllPorts(service)) {
            return refuse(packet, DropReason.NO_REAL_SERVER, 0);
        }
        if (server == null) {
            server = service.pick().server(packet.flow(), nowNanos);
            if (server == null) {
                return refuse(packet, DropReason.NO_REAL_SERVER, 0);
            }
            if (persistence != null) {
                template = templates.begin(packet, service, persistence, server);
                if (template == NONE) {
                    return drop(DropReason.TABLE_FULL);
                }
            }
        }
        int id =
                connections.begin(
                        packet.flow(),
                        packet.mark(),
                        service,
                        server,
                        realPort(packet, service, server),
                        template);
        return id == NONE ? drop(DropReason.TABLE_FULL) : processRequest(packet, id, server);
    }

    /// A client's packet of a connection. What is counted and how the state advances does not
    /// depend on whether the packet can be sent.
    private Verdict processRequest(PacketView packet, int id, RealServer server) {
        rememberFragment(packet, Fragments.Kind.FROM_CLIENT, id);
        connections.fromClient(packet, id, server);
        return sendToServer(packet, id);
    }

    private Verdict sendToServer(PacketView packet, int id) {
        boolean nat = connections.isNat(id);
        Path path = paths.find(packet.isIpv6(), 0, 0, records.realHigh(id), records.realLow(id));
        if (path == null) {
            return refuse(packet, DropReason.NO_ROUTE, 0);
        }
        if (path.isLocal()) {
            if (nat) {
                Nat.toServer(packet, records, id);
            }
            return toStack(StackReason.LOCAL_REAL_SERVER);
        }
        if (packet.ttl() <= 1) {
            return refuse(packet, DropReason.TTL_EXPIRED, 0);
        }
        boolean tooBig = exceeds(packet, path.mtuBytes());
        Rewrite.decrementTtl(packet);
        if (tooBig && packet.dontFragment()) {
            // Linux has counted the hop when it finds the packet too big, and quotes it so.
            return refuse(packet, DropReason.TOO_BIG, path.mtuBytes());
        }
        if (nat) {
            Nat.toServer(packet, records, id);
        }
        return forward(path, tooBig);
    }

    /// The port on which the real server is reached (ipvs.md §2.9).
    private static int realPort(PacketView packet, VirtualService service, RealServer server) {
        boolean asClientWished =
                server.port() == 0
                        || isAllPorts(service)
                        || service.persistence() != null
                                && service.key() instanceof ServiceKey.AtMark;
        return asClientWished ? packet.destinationPort() : server.port();
    }

    private static boolean isAllPorts(VirtualService service) {
        return service.key() instanceof ServiceKey.AtAddress at && at.port() == 0;
    }

    /// Whether a packet that belongs to no connection may begin one.
    private static boolean beginsConnection(PacketView packet) {
        return packet.protocol() == IpProtocol.UDP
                || (packet.tcpFlags() & (Tcp.SYN | Tcp.RST)) == Tcp.SYN;
    }

    /// Whether this packet begins a new connection in the place of the one it finds (ipvs.md §3.8).
    private boolean mustBeScheduledAnew(PacketView packet, int id) {
        if ((packet.tcpFlags() & Tcp.SYN) == 0) {
            return false;
        }
        if (settings.expireWithoutServer()) {
            RealServer server = connections.server(id);
            if (server != null && server.weight() == 0) {
                return true;
            }
        }
        int mode = settings.reuseMode();
        if (mode == 0 || records.controller(id) != NONE) {
            return false;
        }
        return switch (TcpState.of(records.state(id))) {
            case TIME_WAIT, CLOSE -> true;
            case FIN_WAIT ->
                    (mode & 2) != 0 && (records.flags(id) & ConnectionFlags.NO_OUTPUT) != 0;
            default -> false;
        };
    }

    // ---- the way back ----

    /// A real server's packet of a connection. Where the kernel's forwarding would have refused it
    /// before IPVS sees it, the stack gets it as it came and tells the real server.
    private Verdict processReply(PacketView packet, int id) {
        if (!connections.isNat(id)) {
            connections.fromServer(packet, id);
            return toStack(StackReason.DIRECT_REPLY);
        }
        Path path = pathToClient(packet, id);
        if (path == null || !path.isLocal() && !isForwardable(packet, path)) {
            return toStack(StackReason.REPLY_NOT_FORWARDABLE);
        }
        rememberFragment(packet, Fragments.Kind.FROM_SERVER, id);
        connections.fromServer(packet, id);
        return sendToClient(packet, id, path);
    }

    private Verdict sendToClient(PacketView packet, int id, Path path) {
        if (path.isLocal()) {
            Nat.toClient(packet, records, id);
            return toStack(StackReason.LOCAL_CLIENT);
        }
        boolean tooBig = exceeds(packet, path.mtuBytes());
        Rewrite.decrementTtl(packet);
        Nat.toClient(packet, records, id);
        return forward(path, tooBig);
    }

    /// Where the packet says. That is the client, unless an error is forged: it may quote one
    /// client and go to another.
    private @Nullable Path pathToClient(PacketView packet, int id) {
        return paths.find(
                packet.isIpv6(),
                records.virtualHigh(id),
                records.virtualLow(id),
                packet.destinationHigh(),
                packet.destinationLow());
    }

    private static boolean isForwardable(PacketView packet, Path path) {
        return packet.ttl() > 1 && !(packet.dontFragment() && exceeds(packet, path.mtuBytes()));
    }

    // ---- fragments ----

    private void rememberFragment(PacketView packet, Fragments.Kind kind, int id) {
        if (packet.isFragment() && !packet.isLaterFragment()) {
            fragments.remember(packet, kind, id, records.generation(id), nowTicks);
        }
    }

    /// A fragment without ports follows the first one, its addresses translated as that one's.
    private Verdict processLaterFragment(PacketView packet) {
        int entry = fragments.find(packet, nowTicks);
        if (entry < 0 || fragments.kind(entry) == Fragments.Kind.HANDED_OVER) {
            return toStack(StackReason.UNKNOWN_FRAGMENT);
        }
        int id = fragments.value(entry);
        if (!table.isSame(id, fragments.generation(entry))) {
            return toStack(StackReason.UNKNOWN_FRAGMENT);
        }
        RealServer server = connections.server(id);
        if (fragments.kind(entry) == Fragments.Kind.FROM_SERVER) {
            Path path = pathToClient(packet, id);
            if (path == null || !path.isLocal() && !isForwardable(packet, path)) {
                return toStack(StackReason.REPLY_NOT_FORWARDABLE);
            }
            connections.fromServer(packet, id);
            return sendToClient(packet, id, path);
        }
        if (server == null || !server.available()) {
            return drop(DropReason.REAL_SERVER_REMOVED);
        }
        connections.fromClient(packet, id, server);
        return sendToServer(packet, id);
    }

    // ---- ICMP errors ----

    /// An error about a packet of a connection, which it quotes: from behind the director about a
    /// client's packet, or from the client's side about a reply.
    private Verdict processError(PacketView packet) {
        int id = flows.find(packet);
        flows.forget();
        return switch (flows.role()) {
            case ERROR_FOR_CLIENT -> processErrorForClient(packet, id);
            case ERROR_FOR_SERVER -> processErrorForServer(packet, id);
            case REQUEST, REPLY, STRANGER -> toStack(StackReason.UNRELATED_ERROR);
        };
    }

    private Verdict processErrorForClient(PacketView packet, int id) {
        if (!connections.isNat(id)) {
            connections.countOut(packet, connections.server(id));
            return toStack(StackReason.DIRECT_REPLY);
        }
        if (!Rewrite.isChecksumRight(packet)) {
            return drop(DropReason.BAD_ICMP_CHECKSUM);
        }
        Path path = pathToClient(packet, id);
        if (path == null || !path.isLocal() && !isForwardable(packet, path)) {
            return toStack(StackReason.REPLY_NOT_FORWARDABLE);
        }
        connections.countOut(packet, connections.server(id));
        Nat.errorToClient(packet, records, id);
        if (path.isLocal()) {
            return toStack(StackReason.LOCAL_CLIENT);
        }
        boolean tooBig = exceeds(packet, path.mtuBytes());
        Rewrite.decrementTtl(packet);
        return forward(path, tooBig);
    }

    private Verdict processErrorForServer(PacketView packet, int id) {
        boolean nat = connections.isNat(id);
        if (!Rewrite.isChecksumRight(packet)) {
            return drop(DropReason.BAD_ICMP_CHECKSUM);
        }
        connections.countIn(packet, connections.server(id));
        Path path = paths.find(packet.isIpv6(), 0, 0, records.realHigh(id), records.realLow(id));
        if (path == null) {
            return drop(DropReason.NO_ROUTE);
        }
        if (!path.isLocal()) {
            if (packet.ttl() <= 1) {
                return drop(DropReason.TTL_EXPIRED);
            }
            if (packet.dontFragment() && exceeds(packet, path.mtuBytes())) {
                return drop(DropReason.TOO_BIG);
            }
        }
        boolean tooBig = exceeds(packet, path.mtuBytes());
        if (nat) {
            Nat.errorToServer(packet, records, id);
        }
        if (path.isLocal()) {
            return toStack(StackReason.LOCAL_REAL_SERVER);
        }
        Rewrite.decrementTtl(packet);
        return forward(path, tooBig);
    }

    // ---- workers ----

    private int ownerOfFlow(PacketView packet) {
        if (flows.find(packet) != NONE) {
            return worker;
        }
        VirtualService service = services.find(packet);
        if (service != null) {
            boolean persistent = service.persistence() != null;
            int port = persistent ? 0 : packet.sourcePort();
            boolean ipv6 = packet.isIpv6();
            int owner = steer(ipv6, packet.sourceHigh(), packet.sourceLow(), port);
            return owner != worker || beginsConnection(packet)
                    ? owner
                    : otherOwner(
                            ipv6, packet.sourceHigh(), packet.sourceLow(), packet.sourcePort());
        }
        return services.maySendReplies(packet.sourceHigh(), packet.sourceLow())
                ? otherOwner(
                        packet.isIpv6(),
                        packet.destinationHigh(),
                        packet.destinationLow(),
                        packet.destinationPort())
                : worker;
    }

    private int ownerOfError(PacketView packet) {
        if (flows.find(packet) != NONE || !Flows.isErrorAboutFlow(packet)) {
            return worker;
        }
        if (services.maySendReplies(
                packet.quote().destinationHigh(), packet.quote().destinationLow())) {
            return otherOwner(
                    packet.isIpv6(),
                    packet.quote().sourceHigh(),
                    packet.quote().sourceLow(),
                    packet.quote().sourcePort());
        }
        return services.maySendReplies(packet.quote().sourceHigh(), packet.quote().sourceLow())
                ? otherOwner(
                        packet.isIpv6(),
                        packet.quote().destinationHigh(),
                        packet.quote().destinationLow(),
                        packet.quote().destinationPort())
                : worker;
    }

    /// Of the two workers that may own a client's connection the one that this is not.
    private int otherOwner(boolean ipv6, long clientHigh, long clientLow, int clientPort) {
        int byPort = steer(ipv6, clientHigh, clientLow, clientPort);
        return byPort == worker ? steer(ipv6, clientHigh, clientLow, 0) : byPort;
    }

    /// Where [Steering] leads. With port 0 the address alone decides, and of it what persistent
    /// services tell clients apart by.
    private int steer(boolean ipv6, long clientHigh, long clientLow, int clientPort) {
        if (clientPort != 0) {
            return settings.steering().worker(clientHigh, clientLow, clientPort);
        }
        Address mask = services.clientMask(ipv6);
        return settings.steering().worker(clientHigh & mask.high(), clientLow & mask.low(), 0);
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

    // ---- verdicts ----

    private Verdict toStack(StackReason reason) {
        counters.count(reason);
        return verdict.toStack(reason);
    }

    private Verdict drop(DropReason reason) {
        counters.count(reason);
        return verdict.drop(reason);
    }

    private Verdict forward(Path path, boolean inFragments) {
        counters.count(Other.FORWARDED);
        return verdict.forward(path, inFragments ? path.mtuBytes() : 0);
    }

    /// Drops the packet, which is as the client sent it, and tells its sender, if that is allowed.
    private Verdict refuse(PacketView packet, DropReason reason, int mtuBytes) {
        IcmpError error = reason.answer();
        if (error == null || !IcmpError.isAllowedAbout(packet)) {
            return drop(reason);
        }
        Path path =
                answerLimit.allow(error, nowNanos)
                        ? paths.find(
                                packet.isIpv6(),
                                /* sourceHigh= */ packet.destinationHigh(),
                                /* sourceLow= */ packet.destinationLow(),
                                /* destinationHigh= */ packet.sourceHigh(),
                                /* destinationLow= */ packet.sourceLow())
                        : null;
        if (path == null || path.isLocal()) {
            counters.count(Other.ANSWERS_SUPPRESSED);
            return drop(reason);
        }
        counters.count(reason);
        counters.count(error);
        int bytes =
                error.write(
                        packet,
                        packet.destinationHigh(),
                        packet.destinationLow(),
                        mtuBytes,
                        verdict.answer(),
                        0);
        return verdict.answer(reason, path, bytes);
    }

    // ---- time ----

    private void now(long nanos) {
        if (!started) {
            started = true;
            epochNanos = nanos;
        }
        nowNanos = nanos;
        nowTicks = (int) ((nanos - epochNanos) / NANOS_PER_TICK);
        connections.now(nowTicks);
    }
}
