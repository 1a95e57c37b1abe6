package dev.sluice.bench;

import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.connection.Direction;
import dev.sluice.wire.Flow;

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
import java.util.concurrent.TimeUnit;

/// How long does it take to find the connection of a packet, and to restart its timer, among many?
///
/// Packets of connections in random order, half from each side. *One by one* each packet is hashed,
/// found and restarted before the next; *in bursts* the 64 packets of a burst are hashed first and
/// announced to the table. The clients' answer is never known beforehand: each packet is computed
/// from the last one's random number, not from what was found. [ManyConnections] makes a table of
/// it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:MaxDirectMemorySize=3g", "--enable-native-access=ALL-UNNAMED"})
public class LookupBenchmark {

    private static final int BURST = 64;
    private static final int TCP = 6;
    private static final long VIP = 0x0a00_0001L;
    private static final long SERVER = 0x0a00_0100L;
    private static final int PORTS_PER_CLIENT = 1000;

    @Param({"10000", "1000000", "10000000"})
    public int connections;

    private Arena arena = Arena.global();
    private ConnectionTable table = new ConnectionTable(arena, 0, 0, 0, 0);
    private ConnectionRecords records = table.records();
    private final Flow flow = new Flow();
    private final int[] packets = new int[BURST];
    private final int[] hashes = new int[BURST];
    private long random = 0x9e37_79b9_7f4a_7c15L;
    private int now;

    @Setup(Level.Trial)
    public void fill() {
        arena = Arena.ofShared();
        table = new ConnectionTable(arena, connections, 0x0123_4567L, 0x89ab_cdefL, 0);
        records = table.records();
        for (int i = 0; i < connections; i++) {
            int id = table.create(false);
            records.setProtocol(id, TCP);
            records.setClient(id, 0, client(i), port(i));
            records.setVirtual(id, 0, VIP, 80);
            records.setReal(id, 0, server(i), 8080);
            records.setTimeoutTicks(id, 900 * 250);
            table.insert(id, true, 0);
        }
        BytesPerConnection.are((double) table.bytes() / connections);
    }

    @TearDown(Level.Trial)
    public void close() {
        arena.close();
    }

    @Benchmark
    @OperationsPerInvocation(BURST)
    public long hashOnly() {
        receive();
        long sum = 0;
        for (int i = 0; i < BURST; i++) {
            sum += hash(packets[i]);
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(BURST)
    public long oneByOne() {
        receive();
        now++;
        long sum = 0;
        for (int i = 0; i < BURST; i++) {
            int id = find(hash(packets[i]), packets[i]);
            table.restart(id, now);
            sum += id;
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(BURST)
    public long inBursts() {
        receive();
        now++;
        for (int i = 0; i < BURST; i++) {
            hashes[i] = hash(packets[i]);
        }
        table.prefetch(hashes, BURST);
        long sum = 0;
        for (int i = 0; i < BURST; i++) {
            int id = find(hashes[i], packets[i]);
            table.restart(id, now);
            sum += id;
        }
        return sum;
    }

    /// Draws the connections of a burst: the number, complemented for a packet of the server.
    private void receive() {
        for (int i = 0; i < BURST; i++) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            int connection = (int) ((random >>> 32) * connections >>> 32);
            packets[i] = (random & 1) == 0 ? connection : ~connection;
        }
    }

    private int hash(int packet) {
        Flow flow = flow(packet);
        return packet >= 0
                ? table.hash(flow, Direction.FROM_CLIENT)
                : table.hash(flow, Direction.TO_CLIENT);
    }

    private int find(int hash, int packet) {
        Flow flow = flow(packet);
        return packet >= 0
                ? table.findIn(hash, flow, Direction.FROM_CLIENT)
                : table.findOut(hash, flow, Direction.TO_CLIENT);
    }

    private Flow flow(int packet) {
        int i = packet < 0 ? ~packet : packet;
        flow.of(false, TCP);
        return packet >= 0
                ? flow.from(0, client(i), port(i)).to(0, VIP, 80)
                : flow.from(0, server(i), 8080).to(0, client(i), port(i));
    }

    private static long client(int i) {
        return 0xac10_0000L + i / PORTS_PER_CLIENT;
    }

    private static int port(int i) {
        return 1024 + i % PORTS_PER_CLIENT;
    }

    private static long server(int i) {
        return SERVER + i % 10;
    }
}
