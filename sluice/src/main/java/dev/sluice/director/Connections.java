package dev.sluice.director;

import dev.sluice.director.DirectorCounters.Other;
import dev.sluice.director.connection.ConnectionFlags;
import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.connection.Direction;
import dev.sluice.director.forward.Forwarder;
import dev.sluice.director.protocol.Transport;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Flow;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.function.IntConsumer;

/// The life of connections: how they begin, follow their protocol, are counted, and end (ipvs.md §3
/// and §4). Keeps the tallies equal to what the table holds.
final class Connections {

    static final int NONE = ConnectionTable.NONE;

    /// States of a persistence template.
    private static final int TEMPLATE_NONE = 0;

    private static final int TEMPLATE_ASSURED = 1;

    /// What a connection lives until its first packet has been judged.
    private static final int UNBORN_SECONDS = 3;

    /// How long replies to a datagram that was scheduled by itself are awaited: as long as Linux'
    /// connection tracking does (`nf_conntrack_udp_timeout`).
    private static final int REPLY_SECONDS = 30;

    /// How often a connection looks again whether those it controls are gone.
    private static final int CONTROLLER_SECONDS = 60;

    private static final int TICKS_PER_SECOND = 1000 / ConnectionTable.TICK_MILLIS;

    private final int worker;
    private final ConnectionTable table;
    private final ConnectionRecords records;
    private final DirectorCounters counters;
    private final Flow reply = new Flow();
    private final IntConsumer expired = this::expired;

    /// Told of each connection, not template, whose time is up, while it is still there.
    private final IntConsumer beforeExpiry;

    private Configuration configuration;
    private ServiceIndex services;

    private int onePackets;

    /// The time that [#expire] was told, for [#expired].
    private int expiryTicks;

    Connections(
            int worker,
            ConnectionTable table,
            DirectorCounters counters,
            Configuration configuration,
            ServiceIndex services,
            IntConsumer beforeExpiry) {
        this.worker = worker;
        this.table = table;
        this.records = table.records();
        this.counters = counters;
        this.configuration = configuration;
        this.services = services;
        this.beforeExpiry = beforeExpiry;
    }

    void configure(Configuration newest, ServiceIndex index) {
        configuration = newest;
        services = index;
    }

    /// The connection's real server in the present configuration.
    @Nullable RealServer server(int id) {
        return configuration.server(records.server(id));
    }

    /// Whether replies come here to be translated.
    boolean repliesPass(int id) {
        return Forwarder.of(records.flags(id)).repliesPass();
    }

    /// Whether no packet of the real server has been seen.
    boolean isOnlyInput(int id) {
        return (records.flags(id) & ConnectionFlags.NO_OUTPUT) != 0;
    }

    /// The protocol of a connection, not of a template.
    Transport transport(int id) {
        return Objects.requireNonNull(Transport.of(records.protocol(id)), "not balanced");
    }

    /// Whether a template has served a client that is really there.
    boolean isAssured(int id) {
        return records.state(id) == TEMPLATE_ASSURED;
    }

    boolean isTemplate(int id) {
        return (records.flags(id) & ConnectionFlags.TEMPLATE) != 0;
    }

    /// As `ipvsadm -Lc` names it.
    String stateName(int id) {
        int state = records.state(id);
        if (isTemplate(id)) {
            return state == TEMPLATE_ASSURED ? "ASSURED" : "NONE";
        }
        return transport(id).stateName(state);
    }

    /// A connection of a client to a real server, or NONE when there is no room. No packet is
    /// needed; if there is one, it is not counted yet.
    ///
    /// @param request from the client to the virtual endpoint
    /// @param mark the firewall mark of its first packet
    /// @param template what controls it, or NONE
    int begin(
            Flow request,
            int mark,
            VirtualService service,
            RealServer server,
            int realPort,
            int template,
            int nowTicks) {
        int id = create(request, mark, service, server, realPort, flags(server));
        if (id == NONE) {
            return NONE;
        }
        records.setTimeoutTicks(id, UNBORN_SECONDS * TICKS_PER_SECOND);
        if (!table.insert(id, repliesPass(id), nowTicks)) {
            return NONE;
        }
        if (template != NONE) {
            table.control(id, template);
            table.restart(template, nowTicks);
        }
        if (table.isAmbiguous(id)) {
            counters.count(Other.AMBIGUOUS);
        }
        bind(server, Count.INACTIVE);
        add(server, service.tally(), Count.CONNECTIONS, 1);
        return id;
    }

    /// As [#begin], for this packet alone: no other request will find the connection. To be
    /// followed by [#endOnePacket].
    int beginOnePacket(
            Flow request,
            int mark,
            VirtualService service,
            RealServer server,
            int realPort,
            int template,
            int nowTicks) {
        int id = awaitingReplies(request, server, realPort);
        if (id == NONE) {
            int flags = flags(server) | ConnectionFlags.ONE_PACKET;
            id = create(request, mark, service, server, realPort, flags);
            if (id == NONE) {
                return NONE;
            }
            records.setTimeoutTicks(id, REPLY_SECONDS * TICKS_PER_SECOND);
            onePackets++;
            if (repliesPass(id)) {
                if (!table.insertForReplies(id, nowTicks)) {
                    onePackets--;
                    return NONE;
                }
                if (table.isAmbiguous(id)) {
                    counters.count(Other.AMBIGUOUS);
                }
            }
        }
        if (template != NONE) {
            table.restart(template, nowTicks);
        }
        bind(server, Count.INACTIVE);
        add(server, service.tally(), Count.CONNECTIONS, 1);
        return id;
    }

    /// What an earlier datagram between the same four left, or NONE.
    private int awaitingReplies(Flow request, RealServer server, int realPort) {
        reply.of(request.isIpv6(), request.protocol())
                .from(request.sourceHigh(), request.sourceLow(), request.sourcePort())
                .to(server.address().high(), server.address().low(), realPort);
        int id = table.findOut(reply, Direction.FROM_CLIENT);
        return id != NONE
                        && isOnePacket(id)
                        && records.server(id) == server.id()
                        && records.virtualLow(id) == request.destinationLow()
                        && records.virtualHigh(id) == request.destinationHigh()
                        && records.virtualPort(id) == request.destinationPort()
                ? id
                : NONE;
    }

    /// After the packet for which a connection [#isOnePacket] was made. It counts no longer, and
    /// stays for a while only if its replies are to be translated, or more fragments come.
    void endOnePacket(int id, boolean moreComes, int nowTicks) {
        RealServer server = server(id);
        if (server != null) {
            server.tally().add(worker, Count.INACTIVE, -1);
            server.afterUnbinding();
        }
        if (repliesPass(id) || moreComes) {
            table.restart(id, nowTicks);
        } else {
            remove(id);
        }
    }

    /// How many there are.
    int onePackets() {
        return onePackets;
    }

    boolean isOnePacket(int id) {
        return (records.flags(id) & ConnectionFlags.ONE_PACKET) != 0;
    }

    /// A persistence template, or NONE when there is no room.
    ///
    /// @param key as [ConnectionTable#findTemplate] takes it
    int beginTemplate(
            Flow key,
            int mark,
            VirtualService service,
            RealServer server,
            int realPort,
            int timeoutSeconds,
            int nowTicks) {
        int flags = flags(server) | ConnectionFlags.TEMPLATE;
        int id = create(key, mark, service, server, realPort, flags);
        if (id == NONE) {
            return NONE;
        }
        records.setState(id, TEMPLATE_NONE);
        records.setTimeoutTicks(id, timeoutSeconds * TICKS_PER_SECOND);
        if (!table.insert(id, /* hasOutKey= */ false, nowTicks)) {
            return NONE;
        }
        bind(server, Count.PERSISTENT);
        return id;
    }

    private int create(
            Flow flow,
            int mark,
            VirtualService service,
            RealServer server,
            int realPort,
            int flags) {
        int id = table.create(flow.isIpv6());
        if (id == NONE) {
            return NONE;
        }
        records.setProtocol(id, flow.protocol());
        records.setClient(id, flow.sourceHigh(), flow.sourceLow(), flow.sourcePort());
        records.setVirtual(
                id, flow.destinationHigh(), flow.destinationLow(), flow.destinationPort());
        boolean sameFamily = server.address().isIpv6() == flow.isIpv6();
        records.setReal(
                id,
                sameFamily ? server.address().high() : 0,
                sameFamily ? server.address().low() : 0,
                realPort);
        records.setFlags(id, flags);
        records.setMark(id, mark);
        records.setServer(id, server.id());
        records.setService(id, service.id());
        return id;
    }

    /// Makes a template unfindable; it shows the ports 65535 until its time is up.
    void retireTemplate(int id) {
        table.unindex(id);
        records.setVirtual(id, records.virtualHigh(id), records.virtualLow(id), 0xffff);
        records.setReal(id, records.realHigh(id), records.realLow(id), 0xffff);
    }

    private static int flags(RealServer server) {
        int flags = server.forwarding().kernelFlag() | ConnectionFlags.INACTIVE;
        boolean repliesPass = Forwarder.of(server.forwarding()).repliesPass();
        return repliesPass ? flags : flags | ConnectionFlags.NO_OUTPUT;
    }

    /// A packet of the client: counts it, advances the state and restarts the timer.
    void fromClient(PacketView packet, int id, RealServer server, int nowTicks) {
        countIn(packet, server);
        records.setPackets(id, records.packets(id) + 1);
        if (packet.hasPorts() && !isOnePacket(id)) {
            advance(packet, id, Direction.FROM_CLIENT);
        }
        table.restart(id, nowTicks);
    }

    /// A packet of the real server, likewise.
    void fromServer(PacketView packet, int id, int nowTicks) {
        RealServer server = server(id);
        countOut(packet, server);
        if (isOnePacket(id)) {
            // It does not count as one that refers to its server, so it must soon be gone with it.
            if (server != null && server.available()) {
                table.restart(id, nowTicks);
            }
            return;
        }
        if (packet.hasPorts()) {
            records.setFlags(id, records.flags(id) & ~ConnectionFlags.NO_OUTPUT);
            advance(packet, id, Direction.TO_CLIENT);
        }
        table.restart(id, nowTicks);
    }

    /// Packets and bytes as the kernel counts its buffers: a super-packet is one packet with the
    /// length of its one IP header. Nothing is counted for a server that was removed.
    void countIn(PacketView packet, @Nullable RealServer server) {
        if (server != null && server.available()) {
            Tally service = services.tallyOfService(server.id());
            add(server, service, Count.IN_PACKETS, 1);
            add(server, service, Count.IN_BYTES, packet.length());
        }
    }

    void countOut(PacketView packet, @Nullable RealServer server) {
        if (server != null && server.available()) {
            Tally service = services.tallyOfService(server.id());
            add(server, service, Count.OUT_PACKETS, 1);
            add(server, service, Count.OUT_BYTES, packet.length());
        }
    }

    private void advance(PacketView packet, int id, Direction direction) {
        Transport transport = transport(id);
        int before = records.state(id);
        int after =
                transport.next(before, packet, direction, isOnlyInput(id), configuration.policy());
        if (after != before) {
            records.setState(id, after);
            countAsActive(id, transport.isActive(after));
        }
        if (transport.isOpening(before)) {
            countOpening(packet, id, transport, before, after, direction);
        }
        if (transport.assures(before, after, direction)) {
            assureTemplate(id);
        }
        int seconds = transport.timeoutSeconds(after, configuration.timeouts());
        records.setTimeoutTicks(id, seconds * TICKS_PER_SECOND);
    }

    /// How the attempts to open connections fare is what tells a real server that does not answer
    /// from one that nobody asks.
    private void countOpening(
            PacketView packet,
            int id,
            Transport transport,
            int before,
            int after,
            Direction direction) {
        Count count;
        if (after != before) {
            boolean byServer = direction == Direction.TO_CLIENT;
            if (transport.isActive(after) && !transport.isOpening(after)) {
                count = Count.ESTABLISHED;
            } else if (byServer && transport.isRefused(after)) {
                count = Count.REFUSED;
            } else {
                return;
            }
        } else if (direction == Direction.FROM_CLIENT && transport.asksAnew(packet)) {
            count = Count.REPEATED_OPENINGS;
        } else {
            return;
        }
        RealServer server = server(id);
        if (server != null) {
            add(server, /* service= */ null, count, 1);
        }
    }

    private void countAsActive(int id, boolean active) {
        int flags = records.flags(id);
        boolean wasActive = (flags & ConnectionFlags.INACTIVE) == 0;
        if (wasActive == active) {
            return;
        }
        records.setFlags(id, flags ^ ConnectionFlags.INACTIVE);
        RealServer server = server(id);
        if (server != null) {
            int more = active ? 1 : -1;
            server.tally().add(worker, Count.ACTIVE, more);
            server.tally().add(worker, Count.INACTIVE, -more);
        }
    }

    private void assureTemplate(int id) {
        int controller = records.controller(id);
        if (controller != NONE && isTemplate(controller)) {
            records.setState(controller, TEMPLATE_ASSURED);
        }
    }

    /// Ends the connections whose time has come.
    int expire(int nowTicks, int limit) {
        expiryTicks = nowTicks;
        return table.advance(nowTicks, limit, expired);
    }

    /// One that controls others waits for their end, from now on looking once a minute, whatever
    /// its timeout was.
    private void expired(int id) {
        if (records.children(id) > 0) {
            records.setTimeoutTicks(id, CONTROLLER_SECONDS * TICKS_PER_SECOND);
            table.restart(id, expiryTicks);
            return;
        }
        if (!isTemplate(id)) {
            beforeExpiry.accept(id);
        }
        remove(id);
        counters.count(Other.EXPIRED);
    }

    /// Makes a connection unfindable that is about to [#end]; when there is no room for another
    /// one, it ends here.
    ///
    /// @return whether it is still there and must be ended; one that controls others lives on
    boolean giveWay(int id) {
        if (records.children(id) > 0) {
            return false;
        }
        if (table.connections() == table.maxConnections()) {
            remove(id);
            return false;
        }
        table.unindex(id);
        return true;
    }

    /// Ends a connection that gave way. Its template lives on.
    void end(int id) {
        remove(id);
    }

    /// Ends a connection before its time; with it its template, if that led to nothing lasting. One
    /// that controls others stays.
    void removeNow(int id) {
        if (records.children(id) > 0) {
            return;
        }
        int controller = records.controller(id);
        remove(id);
        if (controller != NONE && records.children(controller) == 0) {
            boolean lasting =
                    isTemplate(controller) && records.state(controller) == TEMPLATE_ASSURED;
            if (!lasting) {
                remove(controller);
            }
        }
    }

    private void remove(int id) {
        RealServer server = server(id);
        if (server != null && !isOnePacket(id)) {
            int flags = records.flags(id);
            Count count = Count.ACTIVE;
            if ((flags & ConnectionFlags.TEMPLATE) != 0) {
                count = Count.PERSISTENT;
            } else if ((flags & ConnectionFlags.INACTIVE) != 0) {
                count = Count.INACTIVE;
            }
            server.tally().add(worker, count, -1);
            server.afterUnbinding();
        }
        if (isOnePacket(id)) {
            onePackets--;
        }
        table.remove(id);
    }

    private void bind(RealServer server, Count count) {
        server.tally().add(worker, count, 1);
        server.afterBinding();
    }

    /// At all three levels: server, service, director.
    private void add(RealServer server, @Nullable Tally service, Count count, long amount) {
        server.tally().add(worker, count, amount);
        if (service != null) {
            service.add(worker, count, amount);
        }
        Tally total = configuration.total();
        total.add(worker, count, amount);
    }

    /// The entry of a connection as `ipvsadm -Lc` shows it.
    ConnectionEntry entry(int id, int nowTicks) {
        int left = records.deadlineTicks(id) - nowTicks;
        RealServer server = server(id);
        return ConnectionEntry.of(
                records,
                id,
                stateName(id),
                Math.max(0, left) / TICKS_PER_SECOND,
                server == null ? null : server.address());
    }
}
