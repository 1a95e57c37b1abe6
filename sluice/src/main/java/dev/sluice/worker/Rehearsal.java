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
import dev.sluice.net.packet.FrameSink;
import dev.sluice.net.packet.FrameSource;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Tcp;
import dev.sluice.wire.VnetHeader;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Invented connections through a throw-away worker, so that the first real ones meet compiled
/// code: at a failover the first second is the one that counts.
///
/// Clients of 10.0.0.0/8 open a connection, send, and close it, to a masqueraded and to a directly
/// routed service; the masqueraded server answers. The worker is the real one, with a director, a
/// transmitter and a cache of routes of its own; only what would touch the machine is invented.
public final class Rehearsal {

    private static final Address VIRTUAL = Address.parse("192.0.2.1");
    private static final Address MASQUERADED = Address.parse("192.0.2.11");
    private static final Address ROUTED = Address.parse("192.0.2.12");
    private static final int NAT_PORT = 80;
    private static final int ROUTED_PORT = 81;
    private static final long FIRST_CLIENT = 0x0a000001L;

    private static final int CONNECTIONS = 1 << 12;
    private static final long MAC = 0x020000000001L;

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

    private static final class Play {

        private final InventedFrames frames;
        private final Director director;
        private final Worker worker;

        Play(Arena arena) {
            frames = new InventedFrames(arena);
            Losses losses = new Losses();
            RouteCache routes = new RouteCache(new InventedKernel(), AddressPieces.WHOLE, losses);
            Nowhere nowhere = new Nowhere();
            Transmitter transmitter = new Transmitter(routes, new InventedKernel(), nowhere, arena);
            DirectorSettings settings =
                    DirectorSettings.DEFAULT.with(it -> it.maxConnections = 2 * CONNECTIONS);
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
                            configuration());
        }

        private static Configuration configuration() {
            RealServer masqueraded = server(0, MASQUERADED, NAT_PORT, Forwarding.NAT);
            RealServer routed = server(1, ROUTED, ROUTED_PORT, Forwarding.DIRECT_ROUTING);
            return new Configuration(
                    List.of(service(0, NAT_PORT, masqueraded), service(1, ROUTED_PORT, routed)),
                    new RealServer[] {masqueraded, routed},
                    Timeouts.DEFAULT,
                    new Tally(1));
        }

        private static RealServer server(int id, Address address, int port, Forwarding forwarding) {
            return RealServer.added(id, address, port, forwarding, 1, 0, 0, new Tally(1));
        }

        private static VirtualService service(int id, int port, RealServer server) {
            ServiceKey key = new ServiceKey.AtAddress(Protocol.TCP, VIRTUAL, port);
            return VirtualService.of(id, key, new RoundRobin(), 0, null, new Tally(1))
                    .withServers(new ServerList(List.of(server)));
        }

        void round(long nowNanos) {
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

    /// Whole connections, packet by packet, for as long as somebody reads.
    private static final class InventedFrames implements FrameSource {

        private static final int SLOTS = 64;
        private static final int SLOT_BYTES = 256;
        private static final int FRAME_BYTES =
                Ethernet.HEADER_BYTES + Ipv4.HEADER_BYTES + Tcp.HEADER_BYTES;

        private static final int[] CLIENT_SENDS = {
            Tcp.SYN, Tcp.ACK, Tcp.ACK | Tcp.PSH, Tcp.FIN | Tcp.ACK, Tcp.ACK
        };
        private static final int[] SERVER_SENDS = {
            Tcp.SYN | Tcp.ACK, Tcp.ACK, Tcp.ACK | Tcp.PSH, Tcp.FIN | Tcp.ACK
        };

        private final MemorySegment memory;
        private int current = -1;
        private int left;
        private int connection;
        private int step;

        InventedFrames(Arena arena) {
            memory = arena.allocate(SLOTS * SLOT_BYTES, 64);
        }

        void refill() {
            left = SLOTS;
        }

        boolean isLeft() {
            return left > 0;
        }

        @Override
        public boolean next() {
            if (left == 0 || current == SLOTS - 1) {
                return false;
            }
            left--;
            current++;
            write();
            return true;
        }

        /// Client and server take turns; the routed service's server answers elsewhere.
        private void write() {
            int turn = step / 2;
            boolean fromServer = (step & 1) == 1;
            int port = (connection & 1) == 0 ? NAT_PORT : ROUTED_PORT;
            long client = FIRST_CLIENT + connection % CONNECTIONS;
            int clientPort =
                    1024; // the same again, so that a new connection takes an old one's place
            if (fromServer && port == NAT_PORT && turn < SERVER_SENDS.length) {
                write(MASQUERADED.low(), NAT_PORT, client, clientPort, SERVER_SENDS[turn]);
            } else {
                write(client, clientPort, VIRTUAL.low(), port, CLIENT_SENDS[turn]);
            }
            step++;
            if (step == 2 * CLIENT_SENDS.length) {
                step = 0;
                connection++;
            }
        }

        private void write(
                long source, int sourcePort, long destination, int destinationPort, int flags) {
            long vnet = vnetOffset();
            memory.asSlice(vnet, VnetHeader.BYTES + FRAME_BYTES).fill((byte) 0);
            long link = vnet + VnetHeader.BYTES;
            Ethernet.type(memory, link, Ethernet.TYPE_IPV4);
            long ip = link + Ethernet.HEADER_BYTES;
            Ipv4.headerLength(memory, ip, Ipv4.HEADER_BYTES);
            Ipv4.totalLength(memory, ip, Ipv4.HEADER_BYTES + Tcp.HEADER_BYTES);
            Ipv4.ttl(memory, ip, 64);
            Ipv4.protocol(memory, ip, IpProtocol.TCP);
            Ipv4.source(memory, ip, source);
            Ipv4.destination(memory, ip, destination);
            Ipv4.fillChecksum(memory, ip);
            long tcp = ip + Ipv4.HEADER_BYTES;
            Tcp.sourcePort(memory, tcp, sourcePort);
            Tcp.destinationPort(memory, tcp, destinationPort);
            Tcp.headerLength(memory, tcp, Tcp.HEADER_BYTES);
            Tcp.flags(memory, tcp, flags);
        }

        @Override
        public MemorySegment segment() {
            return memory;
        }

        @Override
        public long vnetOffset() {
            return (long) current * SLOT_BYTES + FrameSource.HEADROOM_BYTES;
        }

        @Override
        public int frameBytes() {
            return FRAME_BYTES;
        }

        @Override
        public void release() {
            current = -1;
        }
    }

    /// Everybody is on one link and known.
    private static final class InventedKernel implements RouteSource {

        @Override
        public Answer route(@Nullable Address source, Address destination) {
            return new Answer(List.of(new Hop(1, 1500, null, MAC, 1)));
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
