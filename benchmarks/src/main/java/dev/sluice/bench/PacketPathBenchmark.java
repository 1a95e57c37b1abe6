package dev.sluice.bench;

import dev.sluice.director.Director;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.Verdict;
import dev.sluice.director.forward.Outbox;
import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Paths;
import dev.sluice.director.scheduler.Schedulers;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Tcp;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// What does a packet cost in all of Java: parse, look up, advance the state, count, rewrite for
/// NAT, decide?
///
/// Packets of established connections in random order, half from each side. [#writePackets] is the
/// cost of making them, which the others contain; the difference is the answer. [ManyConnections]
/// computes it, and adds the bytes that a packet leaves behind and a connection holds.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:MaxDirectMemorySize=4g", "--enable-native-access=ALL-UNNAMED"})
public class PacketPathBenchmark {

    private static final int BURST = 64;
    private static final int SLOT_BYTES = 2048;
    private static final int LINK_BYTES = 14;
    private static final int PACKET_BYTES = Ipv4.HEADER_BYTES + Tcp.HEADER_BYTES;
    private static final int TTL = 64;
    private static final long VIP = 0x0a00_0001L;
    private static final int VIRTUAL_PORT = 80;
    private static final long FIRST_SERVER = 0x0a00_0100L;
    private static final int SERVERS = 10;
    private static final int REAL_PORT = 8080;
    private static final long FIRST_CLIENT = 0xac10_0000L;
    private static final int PORTS_PER_CLIENT = 1000;
    private static final long BURST_NANOS = 1000;

    private record Straight(int mtuBytes, boolean isLocal) implements Path {}

    @Param({"10000", "1000000", "10000000"})
    public int connections;

    private final MemorySegment ring =
            Arena.ofAuto().allocate((long) BURST * SLOT_BYTES, SLOT_BYTES);
    private final PacketView view = new PacketView();
    private final Path straight = new Straight(1500, false);
    private Director director = director(0);
    private byte[] serverOf = new byte[0];
    private long lastDestination;
    private long random = 0x9e37_79b9_7f4a_7c15L;
    private long nowNanos;

    @Setup(Level.Trial)
    public void establish() {
        director.close();
        director = director(connections);
        serverOf = new byte[connections];
        for (int i = 0; i < connections; i++) {
            fromClient(0, i, Tcp.SYN);
            expectForwarded(0);
            serverOf[i] = (byte) (lastDestination - FIRST_SERVER);
            fromServer(0, i, Tcp.SYN | Tcp.ACK);
            expectForwarded(0);
            fromClient(0, i, Tcp.ACK);
            expectForwarded(0);
        }
        BytesPerConnection.are((double) director.connectionBytes() / director.connections());
    }

    @TearDown(Level.Trial)
    public void close() {
        director.close();
    }

    /// Nothing here makes packets of its own.
    private static final class NoOutbox implements Outbox {
        @Override
        public MemorySegment memory() {
            throw new AssertionError("a packet was refused");
        }

        @Override
        public long room(int bytes) {
            throw new AssertionError("a packet was refused");
        }

        @Override
        public void send(Path path, long start, int bytes, boolean ipv6) {
            throw new AssertionError("a packet was refused");
        }
    }

    private final class StraightPaths implements Paths {
        @Override
        public Path find(
                boolean ipv6,
                long sourceHigh,
                long sourceLow,
                long destinationHigh,
                long destinationLow) {
            lastDestination = destinationLow;
            return straight;
        }

        @Override
        public Address source(boolean ipv6, long destinationHigh, long destinationLow) {
            throw new AssertionError("a packet was wrapped");
        }
    }

    private Director director(int maxConnections) {
        Director made =
                new Director(
                        0,
                        DirectorSettings.DEFAULT.with(it -> {
                            it.maxConnections = Math.max(1, maxConnections);
                            it.hashKey0 = 0x0123_4567L;
                            it.hashKey1 = 0x89ab_cdefL;
                        }),
                        new StraightPaths(),
                        new NoOutbox());
        made.configure(configuration());
        return made;
    }

    private static Configuration configuration() {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < SERVERS; i++) {
            servers.add(
                    RealServer.added(
                            i,
                            Address.ipv4((int) (FIRST_SERVER + i)),
                            REAL_PORT,
                            Forwarding.NAT,
                            1,
                            0,
                            0,
                            new Tally(1)));
        }
        ServerList list = new ServerList(servers.reversed());
        Scheduler scheduler = Objects.requireNonNull(Schedulers.named("rr")).create(0);
        ServiceKey key =
                new ServiceKey.AtAddress(Protocol.TCP, Address.ipv4((int) VIP), VIRTUAL_PORT);
        VirtualService service =
                VirtualService.of(0, key, scheduler, 0, null, new Tally(1)).withServers(list);
        return new Configuration(
                List.of(service),
                servers.toArray(RealServer[]::new),
                Timeouts.DEFAULT,
                new Tally(1));
    }

    private void expectForwarded(int slot) {
        if (process(slot).action() != Verdict.Action.FORWARD) {
            throw new IllegalStateException("a packet was not forwarded");
        }
    }

    /// What the other benchmark spends on making its packets.
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long writePackets() {
        receive();
        return random;
    }

    /// A burst, from bytes to verdicts, one by one.
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int forward() {
        receive();
        return processBurst();
    }

    /// As the worker does it: a burst is announced first when there are many connections.
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int forwardAnnounced() {
        receive();
        if (director.wantsAnnouncements()) {
            for (int slot = 0; slot < BURST; slot++) {
                parse(slot);
                director.announce(view);
            }
            director.fetchAnnounced();
        }
        return processBurst();
    }

    private int processBurst() {
        nowNanos += BURST_NANOS;
        int forwarded = 0;
        for (int slot = 0; slot < BURST; slot++) {
            forwarded += process(slot).action() == Verdict.Action.FORWARD ? 1 : 0;
        }
        if (forwarded != BURST) {
            throw new IllegalStateException("a packet was not forwarded");
        }
        return forwarded;
    }

    private Verdict process(int slot) {
        parse(slot);
        return director.process(view, nowNanos);
    }

    private void parse(int slot) {
        Malformed malformed = view.parse(ring, ip(slot), PACKET_BYTES);
        if (malformed != null) {
            throw new IllegalStateException(malformed.name());
        }
    }

    private void receive() {
        for (int slot = 0; slot < BURST; slot++) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            int connection = (int) ((random >>> 32) * connections >>> 32);
            if ((random & 1) == 0) {
                fromClient(slot, connection, Tcp.ACK);
            } else {
                fromServer(slot, connection, Tcp.ACK);
            }
        }
    }

    private void fromClient(int slot, int i, int flags) {
        write(slot, client(i), VIP, port(i), VIRTUAL_PORT, flags);
    }

    private void fromServer(int slot, int i, int flags) {
        write(slot, FIRST_SERVER + serverOf[i], client(i), REAL_PORT, port(i), flags);
    }

    private void write(
            int slot, long source, long destination, int sourcePort, int port, int flags) {
        long ip = ip(slot);
        Ipv4.headerLength(ring, ip, Ipv4.HEADER_BYTES);
        Ipv4.totalLength(ring, ip, PACKET_BYTES);
        Ipv4.ttl(ring, ip, TTL);
        Ipv4.protocol(ring, ip, IpProtocol.TCP);
        Ipv4.source(ring, ip, source);
        Ipv4.destination(ring, ip, destination);
        Ipv4.fillChecksum(ring, ip);
        long tcp = ip + Ipv4.HEADER_BYTES;
        Tcp.sourcePort(ring, tcp, sourcePort);
        Tcp.destinationPort(ring, tcp, port);
        Tcp.headerLength(ring, tcp, Tcp.HEADER_BYTES);
        Tcp.flags(ring, tcp, flags);
    }

    private static long ip(int slot) {
        return (long) slot * SLOT_BYTES + LINK_BYTES;
    }

    private static long client(int i) {
        return FIRST_CLIENT + i / PORTS_PER_CLIENT;
    }

    private static int port(int i) {
        return 1024 + i % PORTS_PER_CLIENT;
    }
}
