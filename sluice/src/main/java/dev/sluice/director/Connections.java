package dev.sluice.director;

import dev.sluice.director.connection.ConnectionFlags;
import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.director.state.TcpState;
import dev.sluice.director.state.TcpStates;
import dev.sluice.wire.Flow;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.util.function.IntConsumer;

/// The life of connections: how they begin, follow their protocol, are counted, and end (ipvs.md §3
/// and §4). Keeps the tallies equal to what the table holds.
final class Connections {

    static final int NONE = ConnectionTable.NONE;

    /// States of a persistence template.
    private static final int TEMPLATE_NONE = 0;

    private static final int TEMPLATE_ASSURED = 1;

    /// UDP has but one state.
    private static final int UDP = 0;

    /// What a connection lives until its first packet has been judged.
    private static final int UNBORN_SECONDS = 3;

    /// How often a connection looks again whether those it controls are gone.
    private static final int CONTROLLER_SECONDS = 60;

    private static final int TICKS_PER_SECOND = 1000 / ConnectionTable.TICK_MILLIS;

    private final int worker;
    private final ConnectionTable table;
    private final ConnectionRecords records;
    private final DirectorCounters counters;
    private final IntConsumer expired = this::expired;

    private Configuration configuration;
    private ServiceIndex services;
    private int nowTicks;

    Connections(
            int worker,
            ConnectionTable table,
            DirectorCounters counters,
            Configuration configuration,
            ServiceIndex services) {
        this.worker = worker;
        this.table = table;
        this.records = table.records();
        this.counters = counters;
        this.configuration = configuration;
        this.services = services;
    }

    void configure(Configuration newest, ServiceIndex index) {
        configuration = newest;
        services = index;
    }

    void now(int ticks) {
        nowTicks = ticks;
    }

    // ---- what a connection is ----

    /// The connection's real server in the present configuration.
    @Nullable RealServer server(int id) {
        return configuration.server(records.server(id));
    }

    boolean isNat(int id) {
        return (records.flags(id) & ConnectionFlags.METHOD) == Forwarding.NAT.kernelFlag();
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
        return records.protocol(id) == IpProtocol.TCP ? TcpState.of(state).name() : "UDP";
    }

    // ---- beginning ----

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
            int template) {
        int id = create(request, mark, service, server, realPort, flags(server));
        if (id == NONE) {
            return NONE;
        }
        records.setTimeoutTicks(id, UNBORN_SECONDS * TICKS_PER_SECOND);
        if (!table.insert(id, isNat(id), nowTicks)) {
            return NONE;
        }
        if (template != NONE) {
            table.control(id, template);
            table.restart(template, nowTicks);
        }
        bind(server, Count.INACTIVE);
        add(server, service.tally(), Count.CONNECTIONS, 1);
        return id;
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
            int timeoutSeconds) {
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
        records.setReal(id, server.address().high(), server.address().low(), realPort);
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
        return server.forwarding() == Forwarding.NAT ? flags : flags | ConnectionFlags.NO_OUTPUT;
    }

    // ---- each packet ----

    /// A packet of the client: counts it, advances the state and restarts the timer.
    void fromClient(PacketView packet, int id, RealServer server) {
        countIn(packet, server);
        records.setPackets(id, records.packets(id) + 1);
        if (packet.hasPorts()) {
            boolean onlyInput = (records.flags(id) & ConnectionFlags.NO_OUTPUT) != 0;
            advance(packet, id, onlyInput ? TcpStates.INPUT_ONLY : TcpStates.INPUT);
        }
        table.restart(id, nowTicks);
    }

    /// A packet of the real server, likewise.
    void fromServer(PacketView packet, int id) {
        countOut(packet, server(id));
        if (packet.hasPorts()) {
            records.setFlags(id, records.flags(id) & ~ConnectionFlags.NO_OUTPUT);
            advance(packet, id, TcpStates.OUTPUT);
            if (packet.protocol() == IpProtocol.UDP) {
                assureTemplate(id);
            }
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

    private void advance(PacketView packet, int id, TcpStates table) {
        Timeouts timeouts = configuration.timeouts();
        int seconds;
        if (packet.protocol() == IpProtocol.TCP) {
            TcpState present = TcpState.of(records.state(id));
            TcpState next = table.next(present, packet.tcpFlags());
            if (next != present) {
                enter(id, next);
            }
            seconds = next.timeoutSeconds(timeouts);
        } else {
            records.setState(id, UDP);
            seconds = timeouts.udpSeconds();
        }
        records.setTimeoutTicks(id, seconds * TICKS_PER_SECOND);
    }

    private void enter(int id, TcpState next) {
        records.setState(id, next.ordinal());
        int flags = records.flags(id);
        boolean wasActive = (flags & ConnectionFlags.INACTIVE) == 0;
        if (wasActive != next.isActive()) {
            records.setFlags(id, flags ^ ConnectionFlags.INACTIVE);
            RealServer server = server(id);
            if (server != null) {
                int more = next.isActive() ? 1 : -1;
                server.tally().add(worker, Count.ACTIVE, more);
                server.tally().add(worker, Count.INACTIVE, -more);
            }
        }
        if (next == TcpState.ESTABLISHED) {
            assureTemplate(id);
        }
    }

    private void assureTemplate(int id) {
        int controller = records.controller(id);
        if (controller != NONE && isTemplate(controller)) {
            records.setState(controller, TEMPLATE_ASSURED);
        }
    }

    // ---- end ----

    /// Ends the connections whose time has come.
    int expire(int limit) {
        return table.advance(nowTicks, limit, expired);
    }

    /// One that controls others waits for their end, from now on looking once a minute, whatever
    /// its timeout was.
    private void expired(int id) {
        if (records.children(id) > 0) {
            records.setTimeoutTicks(id, CONTROLLER_SECONDS * TICKS_PER_SECOND);
            table.restart(id, nowTicks);
            return;
        }
        remove(id);
        counters.count(DirectorCounters.Other.EXPIRED);
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
        if (server != null) {
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

    // ---- listing ----

    /// The entry of a connection as `ipvsadm -Lc` shows it.
    ConnectionEntry entry(int id) {
        int left = records.deadlineTicks(id) - nowTicks;
        return ConnectionEntry.of(records, id, stateName(id), Math.max(0, left) / TICKS_PER_SECOND);
    }
}
