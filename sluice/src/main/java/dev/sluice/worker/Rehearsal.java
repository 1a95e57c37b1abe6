package dev.sluice.worker;

import dev.sluice.director.Director;
import dev.sluice.director.DirectorCounters;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.scheduler.RoundRobin;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.net.linux.ThreadClock;
import dev.sluice.net.netlink.Prefix;
import dev.sluice.net.packet.FrameSink;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Invented connections through a throw-away worker, so that the first real ones meet compiled
/// code: at a failover the first second is the one that counts.
///
/// Clients of both families open a connection, send, and close it, or send datagrams, to
/// masqueraded and to directly routed services; the masqueraded server answers ([InventedFrames]).
/// Now and then routes and the configuration change. The worker is the real one, with a director, a
/// transmitter and a cache of routes of its own; only what would touch the machine is invented.
public final class Rehearsal {

    static final long FIRST_CLIENT = 0x0a000001L;

    private static final Address[] VIRTUAL = {
        Address.parse("192.0.2.1"), Address.parse("2001:db8::1")
    };
    private static final Address[] MASQUERADED = {
        Address.parse("192.0.2.11"), Address.parse("2001:db8::11")
    };
    private static final Address[] ROUTED = {
        Address.parse("192.0.2.12"), Address.parse("2001:db8::12")
    };
    private static final long CLIENT_HIGH_IPV6 = 0x20010db800010000L;

    private static final int CLIENTS = 1 << 12;
    private static final long MAC = 0x020000000001L;

    /// Rounds of packets between two changes.
    private static final int ROUNDS_PER_CHANGE = 64;

    private Rehearsal() {}

    /// Plays until the time is over.
    ///
    /// @return how many packets were forwarded
    public static long play(long nanos) {
        long untilNanos = System.nanoTime() + nanos;
        try (Arena arena = Arena.ofConfined()) {
            Play play = new Play(arena);
            long nowNanos = System.nanoTime();
            while (untilNanos - nowNanos > 0) {
                play.round(nowNanos);
                nowNanos = System.nanoTime();
            }
            return play.close();
        }
    }

    /// Plays so many rounds of 64 packets.
    ///
    /// @return how many of them were forwarded
    static long rounds(int count) {
        try (Arena arena = Arena.ofConfined()) {
            Play play = new Play(arena);
            for (int round = 0; round < count; round++) {
                play.round(round * 1_000_000L);
            }
            return play.close();
        }
    }

    /// Where clients of this kind of service go to.
    static int port(boolean udp, boolean masqueraded) {
        return (udp ? 53 : 80) + (masqueraded ? 0 : 1000);
    }

    static Address virtual(boolean ipv6) {
        return VIRTUAL[ipv6 ? 1 : 0];
    }

    static Address masqueraded(boolean ipv6) {
        return MASQUERADED[ipv6 ? 1 : 0];
    }

    static long clientHigh(boolean ipv6) {
        return ipv6 ? CLIENT_HIGH_IPV6 : 0;
    }

    private static final class Play {

        private final InventedFrames frames;
        private final Director director;
        private final Worker worker;
        private final Configuration configuration = configuration();
        private int rounds;

        Play(Arena arena) {
            frames = new InventedFrames(arena, CLIENTS);
            Losses losses = new Losses();
            RouteCache routes = new RouteCache(new InventedKernel(), AddressPieces.WHOLE, losses);
            Nowhere nowhere = new Nowhere();
            Transmitter transmitter = new Transmitter(routes, new InventedKernel(), nowhere, arena);
            DirectorSettings settings =
                    DirectorSettings.DEFAULT.with(it -> it.maxConnections = 2 * CLIENTS);
            director = new Director(0, settings, routes, transmitter);
            worker =
                    new Worker(
                            0,
                            director,
                            List.of(new Intake(frames, 1, false)),
                            transmitter,
                            nowhere,
                            (_, _) -> {},
                            null,
                            losses,
                            new Rounds(new ThreadClock()::nanos),
                            configuration);
        }

        private static Configuration configuration() {
            List<RealServer> servers = new ArrayList<>();
            List<VirtualService> services = new ArrayList<>();
            for (int family = 0; family < VIRTUAL.length; family++) {
                for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
                    boolean udp = protocol == Protocol.UDP;
                    int id = servers.size();
                    RealServer masqueraded =
                            server(id, MASQUERADED[family], port(udp, true), Forwarding.NAT);
                    RealServer routed =
                            server(
                                    id + 1,
                                    ROUTED[family],
                                    port(udp, false),
                                    Forwarding.DIRECT_ROUTING);
                    servers.add(masqueraded);
                    servers.add(routed);
                    services.add(service(id, protocol, VIRTUAL[family], masqueraded));
                    services.add(service(id + 1, protocol, VIRTUAL[family], routed));
                }
            }
            return new Configuration(
                    services, servers.toArray(RealServer[]::new), Timeouts.DEFAULT, new Tally(1));
        }

        private static RealServer server(int id, Address address, int port, Forwarding forwarding) {
            return RealServer.added(id, address, port, forwarding, 1, 0, 0, new Tally(1));
        }

        private static VirtualService service(
                int id, Protocol protocol, Address address, RealServer server) {
            ServiceKey key = new ServiceKey.AtAddress(protocol, address, server.port());
            return VirtualService.of(id, key, new RoundRobin(), 0, null, new Tally(1))
                    .withServers(new ServerList(List.of(server)));
        }

        void round(long nowNanos) {
            if (++rounds % ROUNDS_PER_CHANGE == 0) {
                change();
            }
            play(nowNanos);
        }

        /// What others bring about between two bursts.
        private void change() {
            Prefix prefix = new Prefix(MASQUERADED[0], MASQUERADED[0].bits());
            AddressPieces pieces = AddressPieces.WHOLE.cutAt(List.of(prefix));
            boolean some = (rounds / ROUNDS_PER_CHANGE & 1) == 0;
            worker.mailbox()
                    .post((it, nowNanos) -> {
                        if (some) {
                            it.routesChanged(pieces, List.of(prefix));
                        } else {
                            it.routesChanged(pieces);
                        }
                        it.neighbourChanged(new HopKey(1, MASQUERADED[0]), MAC, nowNanos);
                        return Mailbox.Progress.DONE;
                    });
            worker.publish(configuration.with(Timeouts.DEFAULT));
        }

        private void play(long nowNanos) {
            frames.refill();
            while (worker.poll(nowNanos) > 0 && frames.isLeft()) {
                // the next burst
            }
        }

        long close() {
            long forwarded = director.counters().read(DirectorCounters.Other.FORWARDED);
            director.close();
            return forwarded;
        }
    }

    /// Everybody is on one link and known.
    private static final class InventedKernel implements RouteSource {

        @Override
        public Answer route(@Nullable Address source, Address destination) {
            return new Answer(List.of(new Hop(1, 1500, null, MAC, 1)));
        }

        @Override
        public Address source(Address destination) {
            return VIRTUAL[destination.isIpv6() ? 1 : 0];
        }

        @Override
        public long linkAddress(HopKey neighbour) {
            return MAC;
        }

        @Override
        public boolean use(HopKey neighbour) {
            return true;
        }
    }

    private static final class Nowhere implements FrameSink {

        @Override
        public void send(
                MemorySegment segment,
                long vnet,
                int frameBytes,
                int interfaceIndex,
                int etherType) {}

        @Override
        public void flush() {}

        @Override
        public long refused() {
            return 0;
        }
    }
}
