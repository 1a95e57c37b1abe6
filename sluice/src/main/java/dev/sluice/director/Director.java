package dev.sluice.director;

import static dev.sluice.director.connection.ConnectionTable.NONE;

import dev.sluice.director.Flows.Role;
import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.forward.Forwarder;
import dev.sluice.director.forward.Outbox;
import dev.sluice.director.forward.Paths;
import dev.sluice.director.forward.Transmission;
import dev.sluice.director.forward.Transmission.Outcome;
import dev.sluice.director.protocol.Transport;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.PacketView;

import java.lang.foreign.Arena;
import java.util.function.Consumer;

/// The balancer: a packet and the time in, a verdict out, the packet rewritten in place.
///
/// ```
///  ICMP error ───────────────► of a connection? ─yes─► translated, on      RelatedErrors
///             └──────────────► of a tunnel?     ─yes─► the client is told   TunnelErrors
///  later fragment ───────────► first one seen?  ─yes─► translated, on      Fragments
///
///  packet ─► reply of a real server? ─yes─► state, count ─► source becomes the service, on
///     │no                                                                  Flows
///     ├────► of a connection? ─yes─────────────────────────┐
///     │no                                                  ▼
///     └────► begins one, for a service? ─► scheduler ─► state, count ─► to the real server
///                                          Scheduling   Connections     forward.Transmission
/// ```
///
/// This class is the journey of a packet; the stations are classes of their own, and none of them
/// knows this one or the time it was last told. Everything the packet path touches is this
/// director's own, and nothing is allocated there. Pure: it is told the time (monotonic
/// nanoseconds), asks [Paths] for routes, and puts packets of its own into an [Outbox].
///
/// Behaviour is that of IPVS (ipvs.md) unless said otherwise.
public final class Director implements AutoCloseable {

    private static final long NANOS_PER_TICK = ConnectionTable.TICK_MILLIS * 1_000_000L;

    private final Arena arena = Arena.ofShared();
    private final DirectorCounters counters = new DirectorCounters();
    private final ConnectionTable table;
    private final ConnectionRecords records;
    private final Flows flows;
    private final Connections connections;
    private final Scheduling scheduling;
    private final Orphans orphans;
    private final DroppedEntries droppedEntries;
    private final Fragments fragments;
    private final RelatedErrors relatedErrors;
    private final Ownership ownership;
    private final Transmission transmission;
    private final Refusals refusals;
    private final Verdict verdict;

    private Policy policy = Policy.DEFAULT;
    private ServiceIndex services;
    private boolean started;
    private long epochNanos;

    /// A director with no service.
    ///
    /// @param worker the lane of tallies that is this director's alone, from 0
    public Director(int worker, DirectorSettings settings, Paths paths, Outbox outbox) {
        table =
                new ConnectionTable(
                        arena,
                        settings.maxConnections(),
                        settings.hashKey0(),
                        settings.hashKey1(),
                        /* nowTicks= */ 0);
        records = table.records();
        Configuration nothing = Configuration.empty(worker + 1);
        ServiceIndex noServices = nothing.index();
        services = noServices;
        verdict = new Verdict(counters);
        transmission = new Transmission(paths, outbox, records, settings.hashKey0() + worker);
        flows = new Flows(table, noServices);
        connections =
                new Connections(
                        worker, table, counters, nothing, noServices, transmission::expired);
        AnswerLimit limit = new AnswerLimit(settings.icmpPerSecond(), settings.icmpBurst());
        refusals = new Refusals(worker, noServices, verdict, counters, paths, outbox, limit);
        Templates templates = new Templates(table, connections);
        scheduling = new Scheduling(records, connections, templates, refusals, verdict, nothing);
        orphans = new Orphans(table, connections, nothing);
        droppedEntries = new DroppedEntries(table, connections, counters, settings.hashKey1());
        fragments = new Fragments(settings.hashKey0());
        TunnelErrors tunnelErrors =
                new TunnelErrors(table, connections, transmission, refusals, counters, verdict);
        relatedErrors =
                new RelatedErrors(
                        flows, connections, scheduling, transmission, tunnelErrors, verdict);
        ownership = new Ownership(worker, settings.steering(), flows, fragments, nothing);
    }

    /// Forwards by this configuration from now on. Connections stay as they are.
    public void configure(Configuration newest) {
        services = newest.index();
        connections.configure(newest, services);
        flows.configure(services);
        scheduling.configure(newest);
        orphans.configure(newest);
        policy = newest.policy();
        refusals.configure(services);
        transmission.configure(policy);
        droppedEntries.configure(policy);
        ownership.configure(newest);
    }

    /// The worker that this packet is for, to be asked before [#process] where there are several:
    /// usually this one. Whoever is handed a packet by another worker keeps it, unasked.
    ///
    /// When a service becomes persistent or ceases to be, its clients may move to another worker;
    /// their TCP connections are still found, their UDP flows begin anew.
    public int owner(PacketView packet, long nowNanos) {
        return ownership.owner(packet, ticks(nowNanos));
    }

    /// Judges one packet.
    ///
    /// @param nowNanos monotonic; not before that of the last call
    /// @return this director's verdict object, valid until the next call
    public Verdict process(PacketView packet, long nowNanos) {
        int nowTicks = ticks(nowNanos);
        Verdict given = judge(packet, nowNanos, nowTicks);
        if (packet.isFirstFragment()
                && given.action() != Verdict.Action.FORWARD
                && fragments.find(packet, nowTicks) < 0) {
            fragments.remember(packet, Fragments.Kind.NOT_OURS, 0, 0, nowTicks);
        }
        return given;
    }

    private Verdict judge(PacketView packet, long nowNanos, int nowTicks) {
        if (packet.isIcmpError()) {
            return relatedErrors.process(packet, policy, nowNanos, nowTicks);
        }
        if (packet.isLaterFragment()) {
            return processLaterFragment(packet, nowNanos, nowTicks);
        }
        int id = flows.take(packet);
        if (flows.role() == Role.REPLY) {
            return processReply(packet, id, nowTicks);
        }
        Transport transport = Transport.of(packet.protocol());
        if (transport == null) {
            return processFollower(packet, id, nowNanos, nowTicks);
        }
        if (id == NONE) {
            return isUnexpectedReply(packet, transport)
                    ? refusals.refuseServer(packet, DropReason.UNEXPECTED_REPLY, nowNanos)
                    : processFirst(packet, transport, nowNanos, nowTicks);
        }
        if (scheduling.mustBeginAnew(packet, id, transport)) {
            return processInPlaceOf(id, packet, transport, nowNanos, nowTicks);
        }
        RealServer server = connections.server(id);
        if (server != null && server.available()) {
            return processRequest(packet, id, server, nowNanos, nowTicks);
        }
        if (!policy.isOn(Setting.EXPIRE_NODEST_CONN)) {
            return refusals.refuse(packet, DropReason.REAL_SERVER_REMOVED, nowNanos);
        }
        return processInPlaceOf(id, packet, transport, nowNanos, nowTicks);
    }

    /// Whether a masqueraded real server is to be told that its packet belongs to no connection
    /// (`nat_icmp_send`, ipvs.md §7.3).
    private boolean isUnexpectedReply(PacketView packet, Transport transport) {
        return policy.isOn(Setting.NAT_ICMP_SEND)
                && services.isMasqueraded(
                        packet.sourceHigh(), packet.sourceLow(), packet.sourcePort())
                && !transport.resets(packet);
    }

    /// A client's packet of a protocol that begins no connections, but may follow one.
    private Verdict processFollower(PacketView packet, int id, long nowNanos, int nowTicks) {
        if (id == NONE) {
            return verdict.toStack(StackReason.OTHER_PROTOCOL);
        }
        RealServer server = connections.server(id);
        return server == null || !server.available()
                ? verdict.drop(DropReason.REAL_SERVER_REMOVED)
                : processRequest(packet, id, server, nowNanos, nowTicks);
    }

    /// A packet of a connection that gives way. While its server is chosen and the new connection
    /// counted, the old one counts as well: in Linux it ends by its timer, a moment later.
    private Verdict processInPlaceOf(
            int old, PacketView packet, Transport transport, long nowNanos, int nowTicks) {
        boolean givesWay = connections.giveWay(old);
        Verdict what = processFirst(packet, transport, nowNanos, nowTicks);
        if (givesWay) {
            connections.end(old);
        }
        return what;
    }

    /// A packet of no connection: it begins one, or is not ours, or is refused.
    private Verdict processFirst(
            PacketView packet, Transport transport, long nowNanos, int nowTicks) {
        int id = scheduling.begin(packet, transport, nowNanos, nowTicks);
        RealServer server = id == NONE ? null : connections.server(id);
        if (server == null) {
            return verdict;
        }
        processRequest(packet, id, server, nowNanos, nowTicks);
        if (connections.isOnePacket(id)) {
            connections.endOnePacket(id, packet.isFragment(), nowTicks);
        }
        return verdict;
    }

    /// A client's packet of a connection. What is counted and how the state advances does not
    /// depend on whether the packet can be sent.
    private Verdict processRequest(
            PacketView packet, int id, RealServer server, long nowNanos, int nowTicks) {
        rememberFragment(packet, Fragments.Kind.FROM_CLIENT, id, nowTicks);
        connections.fromClient(packet, id, server, nowTicks);
        return sendToServer(packet, id, server, nowNanos);
    }

    private Verdict sendToServer(PacketView packet, int id, RealServer server, long nowNanos) {
        Outcome outcome = transmission.toServer(packet, id, server);
        return switch (outcome) {
            case LEAVES -> verdict.forward(transmission, origin(id));
            case LOCAL -> verdict.toStack(StackReason.LOCAL_REAL_SERVER);
            case TOO_BIG ->
                    refusals.refuse(packet, DropReason.TOO_BIG, transmission.mtuBytes(), nowNanos);
            case NO_ROUTE, TTL_EXPIRED -> refusals.refuse(packet, DropReason.of(outcome), nowNanos);
        };
    }

    /// A real server's packet of a connection. Where the kernel's forwarding would have refused it
    /// before IPVS sees it, the stack gets it as it came and tells the real server.
    private Verdict processReply(PacketView packet, int id, int nowTicks) {
        if (!connections.repliesPass(id)) {
            connections.fromServer(packet, id, nowTicks);
            return verdict.toStack(StackReason.DIRECT_REPLY);
        }
        Outcome way = transmission.wayToClient(packet, id);
        if (!way.goesOn()) {
            return verdict.toStack(StackReason.REPLY_NOT_FORWARDABLE);
        }
        rememberFragment(packet, Fragments.Kind.FROM_SERVER, id, nowTicks);
        connections.fromServer(packet, id, nowTicks);
        transmission.toClient(packet, id, way);
        return way == Outcome.LOCAL
                ? verdict.toStack(StackReason.LOCAL_CLIENT)
                : verdict.forward(transmission, Verdict.NO_ORIGIN);
    }

    private void rememberFragment(PacketView packet, Fragments.Kind kind, int id, int nowTicks) {
        if (packet.isFirstFragment()) {
            fragments.remember(packet, kind, id, records.generation(id), nowTicks);
        }
    }

    /// A fragment without ports follows the first one, its addresses translated as that one's.
    private Verdict processLaterFragment(PacketView packet, long nowNanos, int nowTicks) {
        int entry = fragments.find(packet, nowTicks);
        if (entry < 0 || fragments.kind(entry) == Fragments.Kind.HANDED_OVER) {
            return verdict.toStack(StackReason.UNKNOWN_FRAGMENT);
        }
        if (fragments.kind(entry) == Fragments.Kind.NOT_OURS) {
            return verdict.toStack(StackReason.NO_SERVICE);
        }
        int id = fragments.value(entry);
        if (!table.isSame(id, fragments.generation(entry))) {
            return verdict.toStack(StackReason.UNKNOWN_FRAGMENT);
        }
        if (fragments.kind(entry) == Fragments.Kind.FROM_SERVER) {
            return processReply(packet, id, nowTicks);
        }
        RealServer server = connections.server(id);
        return server == null || !server.available()
                ? refusals.refuse(packet, DropReason.REAL_SERVER_REMOVED, nowNanos)
                : processRequest(packet, id, server, nowNanos, nowTicks);
    }

    /// Judges a packet that was to be forwarded, as it left, and whose next hop does not answer. It
    /// is dropped, and a client is told, as by Linux when it gives a neighbour up
    /// (`arp_error_report`).
    ///
    /// @param origin [Verdict#origin], or [Verdict#NO_ORIGIN] for a packet of the director's own
    /// @return this director's verdict object, valid until the next call
    public Verdict undeliverable(PacketView packet, long origin, long nowNanos) {
        int id = (int) origin;
        if (origin == Verdict.NO_ORIGIN || !table.isSame(id, (int) (origin >>> 32))) {
            return verdict.drop(DropReason.NEIGHBOUR_UNRESOLVED);
        }
        if (!Forwarder.of(records.flags(id)).undo(packet, records, id)) {
            return verdict.drop(DropReason.NEIGHBOUR_UNRESOLVED);
        }
        packet.mark(records.mark(id));
        return refusals.refuse(packet, DropReason.NEIGHBOUR_UNRESOLVED, nowNanos);
    }

    /// Names the connection until it ends, and after that nothing.
    private long origin(int id) {
        return (long) records.generation(id) << 32 | id;
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

    /// Ends connections whose time has come, or whose real server was removed, looking at no more
    /// than `limit`. Some send packets.
    ///
    /// @return how many were looked at; `limit` means that there may be more
    public int expire(long nowNanos, int limit) {
        flows.forget();
        int nowTicks = ticks(nowNanos);
        transmission.expirePathMtus(nowTicks);
        int looked = connections.expire(nowTicks, limit);
        looked += orphans.end(limit - looked);
        return looked + droppedEntries.drop(nowTicks, limit - looked);
    }

    /// When [#expire] has something to do at the latest; `Long.MAX_VALUE` if never.
    public long nextDeadlineNanos(long nowNanos) {
        if (orphans.isAnyLeft()) {
            return nowNanos;
        }
        int nowTicks = ticks(nowNanos);
        int ticks =
                Math.min(
                        table.ticksUntilNextDeadline(nowTicks),
                        droppedEntries.ticksUntilNext(nowTicks));
        return ticks == Integer.MAX_VALUE
                ? Long.MAX_VALUE
                : epochNanos + ((nowNanos - epochNanos) / NANOS_PER_TICK + ticks) * NANOS_PER_TICK;
    }

    /// Shows connections and templates, a slice at a time, but for what one-packet scheduling
    /// leaves. Between slices they may come and go: those that stay are shown once.
    ///
    /// @param cursor 0 to begin, then what the last call returned
    /// @param limit records to look at
    /// @return where to go on, or -1 at the end
    public int list(int cursor, int limit, long nowNanos, Consumer<ConnectionEntry> visitor) {
        int nowTicks = ticks(nowNanos);
        return table.scan(
                cursor,
                limit,
                id -> {
                    if (!connections.isOnePacket(id)) {
                        visitor.accept(connections.entry(id, nowTicks));
                    }
                });
    }

    /// Connections and templates held.
    public int connections() {
        return table.connections();
    }

    /// How many of them only wait for replies to datagrams that were scheduled by themselves.
    public int awaitedReplies() {
        return connections.onePackets();
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

    /// Time counts from the first time that this director is told.
    private int ticks(long nowNanos) {
        if (!started) {
            started = true;
            epochNanos = nowNanos;
        }
        return (int) ((nowNanos - epochNanos) / NANOS_PER_TICK);
    }
}
