package dev.sluice.director.connection;

import static dev.sluice.director.connection.ConnectionTable.NONE;
import static dev.sluice.director.connection.Direction.FROM_CLIENT;
import static dev.sluice.director.connection.Direction.TO_CLIENT;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

final class ConnectionTableTest {

    private static final int TCP = 6;
    private static final int DIRECT_ROUTING = 3;
    private static final long HIGH = 0x2001_0db8_0000_0000L;
    private static final long CLIENT = 0xac10_0001L;
    private static final long VIP = 0x0a00_0001L;
    private static final long SERVER = 0x0a00_0102L;

    private final Arena arena = Arena.ofConfined();
    private final ConnectionTable table = new ConnectionTable(arena, 1_000_000, 11, 13, 0);
    private final ConnectionRecords records = table.records();

    @AfterEach
    void close() {
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNatConnectionIsFoundFromBothSides(boolean v6) {
        int id = insert(peers(v6, 1000, 80, 8080, 0));

        assertThat(findIn(v6, 1000, 80)).isEqualTo(id);
        assertThat(findOut(v6, 1000, SERVER, 8080)).isEqualTo(id);
        assertThat(findOut(v6, 1000, VIP, 80)).isEqualTo(NONE);
        assertThat(findIn(!v6, 1000, 80)).isEqualTo(NONE);
        assertThat(findIn(v6, 1001, 80)).isEqualTo(NONE);
    }

    /// ipvs.md §3.1: a reply that a directly routed server sends carries the virtual address.
    @Test
    void anotherConnectionIsFoundFromTheRealServersSideByItsVirtualAddress() {
        int id = insert(peers(false, 1000, 80, 80, DIRECT_ROUTING));

        assertThat(findOut(false, 1000, VIP, 80)).isEqualTo(id);
        assertThat(findOut(false, 1000, SERVER, 80)).isEqualTo(NONE);
    }

    @Test
    void ipv6AddressesThatLookLikeIpv4DoNotMeetThem() {
        int four = table.create(false);
        int six = table.create(true);
        for (int id : new int[] {four, six}) {
            records.setProtocol(id, TCP);
            records.setClient(id, 0, CLIENT, 1);
            records.setVirtual(id, 0, VIP, 2);
            records.setReal(id, 0, SERVER, 3);
            table.insert(id, true, 0);
        }
        Flow request = new Flow().of(false, TCP).from(0, CLIENT, 1).to(0, VIP, 2);
        assertThat(table.findIn(request, FROM_CLIENT)).isEqualTo(four);
        assertThat(table.findIn(request.of(true, TCP), FROM_CLIENT)).isEqualTo(six);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyFieldKeepsWhatItIsGiven(boolean v6) {
        int neighbour = table.create(v6);
        int id = table.create(v6);
        table.create(v6);
        long high = v6 ? 0xffff_ffff_ffff_fff1L : 0;
        long low = v6 ? 0xfedc_ba98_7654_3210L : 0xfedc_ba98L;
        records.setClient(id, high, low, 65535);
        records.setVirtual(id, high, low + 1, 65534);
        records.setReal(id, high, low + 2, 65533);
        records.setProtocol(id, 255);
        records.setState(id, 254);
        records.setFlags(id, 0x1ffff & ~ConnectionFlags.HASHED | ConnectionFlags.EXTENSION);
        records.setMark(id, 0xffff_fffe);
        records.setTimeoutTicks(id, ConnectionTable.MAX_TIMEOUT_TICKS);
        records.setServer(id, Integer.MAX_VALUE);
        records.setService(id, 8_388_607);
        records.setPackets(id, -1);
        table.control(id, neighbour);

        assertThat(records.clientHigh(id)).isEqualTo(high);
        assertThat(records.clientLow(id)).isEqualTo(low);
        assertThat(records.clientPort(id)).isEqualTo(65535);
        assertThat(records.virtualHigh(id)).isEqualTo(high);
        assertThat(records.virtualLow(id)).isEqualTo(low + 1);
        assertThat(records.virtualPort(id)).isEqualTo(65534);
        assertThat(records.realHigh(id)).isEqualTo(high);
        assertThat(records.realLow(id)).isEqualTo(low + 2);
        assertThat(records.realPort(id)).isEqualTo(65533);
        assertThat(records.protocol(id)).isEqualTo(255);
        assertThat(records.state(id)).isEqualTo(254);
        assertThat(records.flags(id) & 0x1ffff).isEqualTo(0x1ffff & ~ConnectionFlags.HASHED);
        assertThat(records.flags(id) & ConnectionFlags.EXTENSION).isNotZero();
        assertThat(records.mark(id)).isEqualTo(0xffff_fffe);
        assertThat(records.timeoutTicks(id)).isEqualTo(ConnectionTable.MAX_TIMEOUT_TICKS);
        assertThat(records.server(id)).isEqualTo(Integer.MAX_VALUE);
        assertThat(records.service(id)).isEqualTo(8_388_607);
        assertThat(records.packets(id)).isEqualTo(-1);
        assertThat(records.controller(id)).isEqualTo(neighbour);
        assertThat(records.children(neighbour)).isEqualTo(1);
        assertThat(records.clientLow(neighbour)).isZero();
        assertThat(records.service(neighbour)).isEqualTo(NONE);
        assertThat(records.server(neighbour)).isEqualTo(NONE);
        assertThat(records.controller(neighbour)).isEqualTo(NONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTemplateIsFoundByTemplateLookUpOnlyAndByItsServiceOnly(boolean v6) {
        int ftp = template(v6, 0, 21);
        int allPorts = template(v6, 0, 22);

        assertThat(findTemplate(v6, 0, 21)).isEqualTo(ftp);
        assertThat(findTemplate(v6, 0, 22)).isEqualTo(allPorts);
        assertThat(findTemplate(v6, 0, 23)).isEqualTo(NONE);
        assertThat(findTemplate(v6, 80, 21)).isEqualTo(NONE);
        assertThat(findIn(v6, 0, 0)).isEqualTo(NONE);
        assertThat(findOut(v6, 0, SERVER, 0)).isEqualTo(NONE);
        assertThat(table.isAmbiguous(allPorts)).isFalse();
    }

    @Test
    void anInvalidTemplateIsNoLongerFoundButRunsOut() {
        int id = template(false, 80, 5);
        table.unindex(id);
        records.setVirtual(id, 0, VIP, 0xffff);

        assertThat(findTemplate(false, 80, 5)).isEqualTo(NONE);
        assertThat(table.connections()).isEqualTo(1);
        List<Integer> expired = new ArrayList<>();
        table.advance(1_000_000, 10, expired::add);
        assertThat(expired).containsExactly(id);
        table.remove(id);
        assertThat(table.index().entries()).isZero();
    }

    @Test
    void aConnectionWithoutClientPortIsFoundFromTheClientOnly() {
        Peers peers = peers(false, 0, 80, 80, ConnectionFlags.NO_CLIENT_PORT);
        int id = insert(peers);
        assertThat(findIn(false, 0, 80)).isEqualTo(id);
        assertThat(findOut(false, 0, SERVER, 80)).isEqualTo(NONE);
    }

    /// ipvs.md §3.1, §12 item 27: two services, one port of the real server, one client port.
    @Test
    void ofTwoConnectionsWithTheSameReplyKeyTheNewerIsFound() {
        int first = insert(peers(false, 1000, 83, 8080, 0));
        assertThat(findOut(false, 1000, SERVER, 8080)).isEqualTo(first);
        int second = insert(peers(false, 1000, 84, 8080, 0));
        int third = insert(peers(false, 1000, 85, 8080, 0));

        assertThat(table.isAmbiguous(first)).isFalse();
        assertThat(table.isAmbiguous(second)).isTrue();
        assertThat(table.isAmbiguous(third)).isTrue();
        assertThat(findOut(false, 1000, SERVER, 8080)).isEqualTo(third);
        assertThat(findIn(false, 1000, 83)).isEqualTo(first);

        table.remove(second);
        assertThat(findOut(false, 1000, SERVER, 8080)).isEqualTo(third);
        table.remove(third);
        assertThat(findOut(false, 1000, SERVER, 8080)).isEqualTo(first);
    }

    /// One client port against every service of one server must not fill a bucket.
    @Test
    void anyNumberOfEqualReplyKeysIsHarmless() {
        List<Integer> ids = new ArrayList<>();
        for (int port = 1; port <= 20_000; port++) {
            ids.add(insert(peers(false, 1000, port, 8080, 0)));
        }
        assertThat(findOut(false, 1000, SERVER, 8080)).isEqualTo(ids.getLast());
        for (int port = 1; port <= 20_000; port++) {
            assertThat(findIn(false, 1000, port)).isEqualTo(ids.get(port - 1));
        }
        ids.forEach(table::remove);
        assertThat(table.index().entries()).isZero();
    }

    @Test
    void beyondTheMaximumConnectionsAreRefused() {
        ConnectionTable small = new ConnectionTable(arena, 2, 11, 13, 0);
        int first = small.create(false);
        assertThat(small.create(true)).isPositive();
        assertThat(small.create(false)).isEqualTo(NONE);

        small.remove(first);
        assertThat(small.create(false)).isPositive();
    }

    /// Whatever the table asks for next, records or index, there is no more of it.
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void withoutMemoryConnectionsAreRefusedAndTheOthersStayFound(int allocations) {
        ConnectionTable starved =
                new ConnectionTable(new StarvedArena(arena, allocations), 100_000, 1, 2, 0);
        Map<Integer, Integer> idByPort = new HashMap<>();
        for (int port = 1; port <= 60_000; port++) {
            int id = peers(false, port, 80, 8080, 0).create(starved);
            if (id != NONE && starved.insert(id, true, 0)) {
                idByPort.put(port, id);
            }
        }
        assertThat(idByPort).hasSizeLessThan(60_000);
        assertThat(starved.connections()).isEqualTo(idByPort.size());
        assertThat(starved.index().entries()).isEqualTo(2L * idByPort.size());
        idByPort.forEach((port, id) -> {
            assertThat(starved.findIn(fromClient(false, port, VIP, 80), FROM_CLIENT)).isEqualTo(id);
            assertThat(starved.findOut(fromClient(false, port, SERVER, 8080), FROM_CLIENT))
                    .isEqualTo(id);
        });
        idByPort.values().forEach(starved::remove);
        assertThat(starved.index().entries()).isZero();
    }

    @Test
    void anIdGivenToAnotherConnectionHasAnotherGeneration() {
        int id = insert(peers(false, 1000, 80, 80, 0));
        int generation = records.generation(id);
        assertThat(table.isSame(id, generation)).isTrue();
        table.remove(id);
        assertThat(table.isSame(id, generation)).isFalse();
        assertThat(insert(peers(false, 1001, 80, 80, 0))).isEqualTo(id);
        assertThat(table.isSame(id, generation)).isFalse();
    }

    @Test
    void removingAConnectionDetachesItFromItsController() {
        int template = template(false, 80, 5);
        int id = insert(peers(false, 1000, 80, 80, 0));
        table.control(id, template);
        assertThat(records.children(template)).isEqualTo(1);
        table.remove(id);
        assertThat(records.children(template)).isZero();
    }

    @Test
    void aScanVisitsWhatStaysOnceAndNothingThatIsGone() {
        Set<Integer> live = new HashSet<>();
        for (int port = 1; port <= 3000; port++) {
            live.add(insert(peers(port % 2 == 0, port, 80, 80, 0)));
        }
        List<Integer> seen = new ArrayList<>();
        Random random = new Random(4);
        Set<Integer> gone = new HashSet<>();
        int cursor = 0;
        int port = 3001;
        do {
            cursor =
                    table.scan(
                            cursor,
                            100,
                            id -> {
                                assertThat(gone).doesNotContain(id);
                                seen.add(id);
                            });
            int victim = live.stream().skip(random.nextInt(live.size())).findFirst().orElseThrow();
            live.remove(victim);
            gone.add(victim);
            table.remove(victim);
            // May take the freed record, which then counts as new.
            gone.remove(insert(peers(port % 2 == 0, port++, 80, 80, 0)));
        } while (cursor != NONE);

        assertThat(seen).doesNotHaveDuplicates().containsAll(live);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void findsWhatTheModelFinds(long seed) {
        Random random = new Random(seed);
        int start = random.nextInt();
        ConnectionTable tested = new ConnectionTable(arena, 5000, seed, ~seed, start);
        Model model = new Model(tested, start);
        for (int step = 0; step < 60_000; step++) {
            String where = "seed " + seed + ", step " + step;
            Peers peers = Peers.random(random);
            int choice = random.nextInt(100);
            if (choice < 55) {
                model.insert(peers, random);
            } else if (choice < 70) {
                model.removeOne(random);
            } else if (choice < 85) {
                model.restartOne(random);
            } else if (choice < 90) {
                model.advance(random.nextInt(2000), where);
            }
            model.check(peers, where);
            model.check(Peers.random(random), where);
        }
        model.advance(ConnectionTable.MAX_TIMEOUT_TICKS, "seed " + seed + ", at the end");
        assertThat(tested.connections()).isZero();
        assertThat(tested.index().entries()).isZero();
    }

    private static Peers peers(
            boolean v6, int clientPort, int virtualPort, int realPort, int flags) {
        long high = v6 ? HIGH : 0;
        return new Peers(
                v6, TCP, high, CLIENT, clientPort, VIP, virtualPort, SERVER, realPort, flags, 7);
    }

    private int insert(Peers peers) {
        int id = peers.create(table);
        records.setTimeoutTicks(id, 1000);
        assertThat(table.insert(id, peers.hasOutKey(), 0)).isTrue();
        return id;
    }

    private int template(boolean v6, int virtualPort, int service) {
        long high = v6 ? HIGH : 0;
        return insert(
                new Peers(
                        v6,
                        TCP,
                        high,
                        CLIENT,
                        0,
                        VIP,
                        virtualPort,
                        SERVER,
                        0,
                        ConnectionFlags.TEMPLATE,
                        service));
    }

    private int findIn(boolean v6, int clientPort, int virtualPort) {
        return table.findIn(fromClient(v6, clientPort, VIP, virtualPort), FROM_CLIENT);
    }

    /// Asks with a reply; a request that is translated already must find the same.
    private int findOut(boolean v6, int clientPort, long source, int sourcePort) {
        long high = v6 ? HIGH : 0;
        Flow reply =
                new Flow().of(v6, TCP).from(high, source, sourcePort).to(high, CLIENT, clientPort);
        int id = table.findOut(reply, TO_CLIENT);
        Flow translated = fromClient(v6, clientPort, source, sourcePort);
        assertThat(table.findOut(translated, FROM_CLIENT)).isEqualTo(id);
        return id;
    }

    private int findTemplate(boolean v6, int virtualPort, int service) {
        return table.findTemplate(fromClient(v6, 0, VIP, virtualPort), service);
    }

    private static Flow fromClient(boolean v6, int clientPort, long other, int otherPort) {
        long high = v6 ? HIGH : 0;
        return new Flow().of(v6, TCP).from(high, CLIENT, clientPort).to(high, other, otherPort);
    }

    /// Gives so many pieces of memory and no more.
    private static final class StarvedArena implements Arena {

        private final Arena arena;
        private int left;

        StarvedArena(Arena arena, int allocations) {
            this.arena = arena;
            this.left = allocations;
        }

        @Override
        public MemorySegment allocate(long byteSize, long byteAlignment) {
            if (left-- <= 0) {
                throw new OutOfMemoryError("starved");
            }
            return arena.allocate(byteSize, byteAlignment);
        }

        @Override
        public MemorySegment.Scope scope() {
            return arena.scope();
        }

        @Override
        public void close() {}
    }

    /// A connection as a value; `high` is the upper half of all its addresses.
    private record Peers(
            boolean v6,
            int protocol,
            long high,
            long client,
            int clientPort,
            long virtual,
            int virtualPort,
            long real,
            int realPort,
            int flags,
            int service) {

        /// From so few values that keys repeat.
        static Peers random(Random random) {
            boolean v6 = random.nextInt(3) == 0;
            boolean template = random.nextInt(5) == 0;
            int method = random.nextBoolean() ? 0 : DIRECT_ROUTING;
            return new Peers(
                    v6,
                    random.nextBoolean() ? 6 : 17,
                    v6 ? HIGH + random.nextInt(2) : 0,
                    CLIENT + random.nextInt(20),
                    template ? 0 : 1 + random.nextInt(20),
                    VIP + random.nextInt(2),
                    80 + random.nextInt(3),
                    SERVER + random.nextInt(3),
                    8080 + random.nextInt(2),
                    template ? ConnectionFlags.TEMPLATE | method : method,
                    random.nextInt(3));
        }

        int create(ConnectionTable table) {
            int id = table.create(v6);
            if (id != NONE) {
                ConnectionRecords records = table.records();
                records.setProtocol(id, protocol);
                records.setClient(id, high, client, clientPort);
                records.setVirtual(id, high, virtual, virtualPort);
                records.setReal(id, high, real, realPort);
                records.setFlags(id, flags);
                records.setService(id, service);
            }
            return id;
        }

        Flow fromClient(long other, int otherPort) {
            return new Flow()
                    .of(v6, protocol)
                    .from(high, client, clientPort)
                    .to(high, other, otherPort);
        }

        boolean hasOutKey() {
            return isNat()
                    && (flags & (ConnectionFlags.TEMPLATE | ConnectionFlags.NO_CLIENT_PORT)) == 0;
        }

        boolean isTemplate() {
            return (flags & ConnectionFlags.TEMPLATE) != 0;
        }

        boolean isNat() {
            return (flags & ConnectionFlags.METHOD) == 0;
        }

        boolean samePeers(Peers other) {
            return v6 == other.v6
                    && protocol == other.protocol
                    && high == other.high
                    && client == other.client
                    && clientPort == other.clientPort
                    && isTemplate() == other.isTemplate();
        }

        boolean sameIn(Peers other) {
            return samePeers(other)
                    && virtual == other.virtual
                    && virtualPort == other.virtualPort
                    && (!isTemplate() || service == other.service);
        }

        boolean sameOut(Peers other) {
            return samePeers(other)
                    && !isTemplate()
                    && isNat()
                    && other.isNat()
                    && real == other.real
                    && realPort == other.realPort;
        }
    }

    /// Connections in a plain map, newest last, with deadlines in unbounded time.
    private static final class Model {

        private final ConnectionTable table;
        private final int start;
        private final Map<Integer, Peers> flows = new HashMap<>();
        private final Map<Integer, Long> deadlines = new HashMap<>();
        private long now;

        Model(ConnectionTable table, int start) {
            this.table = table;
            this.start = start;
        }

        void insert(Peers peers, Random random) {
            // Equal keys are another test's business; here the kernel's rule would need its order.
            if (flows.values().stream().anyMatch(peers::sameIn)
                    || flows.values().stream().anyMatch(peers::sameOut)) {
                return;
            }
            int id = peers.create(table);
            if (id == NONE) {
                assertThat(table.connections()).isEqualTo(table.maxConnections());
                return;
            }
            int timeout = random.nextInt(10_000);
            table.records().setTimeoutTicks(id, timeout);
            assertThat(table.insert(id, peers.hasOutKey(), tick())).isTrue();
            assertThat(flows.put(id, peers)).isNull();
            deadlines.put(id, now + timeout);
        }

        void removeOne(Random random) {
            Integer id = any(random);
            if (id != null) {
                table.remove(id);
                flows.remove(id);
                deadlines.remove(id);
            }
        }

        void restartOne(Random random) {
            Integer id = any(random);
            if (id != null) {
                int timeout = random.nextInt(10_000);
                table.records().setTimeoutTicks(id, timeout);
                table.restart(id, tick());
                deadlines.put(id, now + timeout);
            }
        }

        void advance(int ticks, String where) {
            now += ticks;
            int visited;
            do {
                visited =
                        table.advance(
                                tick(),
                                16,
                                id -> {
                                    Long deadline = deadlines.remove(id);
                                    assertThat(deadline).as(where).isNotNull();
                                    assertThat(deadline).as(where).isLessThanOrEqualTo(now);
                                    flows.remove(id);
                                    table.remove(id);
                                });
            } while (visited == 16);
            assertThat(deadlines.values()).as(where).allMatch(deadline -> deadline > now);
        }

        void check(Peers peers, String where) {
            assertThat(table.connections()).as(where).isEqualTo(flows.size());
            Flow request = peers.fromClient(peers.virtual, peers.virtualPort);
            int in =
                    peers.isTemplate()
                            ? table.findTemplate(request, peers.service)
                            : table.findIn(request, FROM_CLIENT);
            assertThat(in).as(where).isEqualTo(expected(peers, true));
            if (!peers.isTemplate() && peers.isNat()) {
                Flow translated = peers.fromClient(peers.real, peers.realPort);
                int out = table.findOut(translated, FROM_CLIENT);
                assertThat(out).as(where).isEqualTo(expected(peers, false));
            }
        }

        private int expected(Peers peers, boolean in) {
            for (Map.Entry<Integer, Peers> entry : flows.entrySet()) {
                if (in ? peers.sameIn(entry.getValue()) : peers.sameOut(entry.getValue())) {
                    return entry.getKey();
                }
            }
            return NONE;
        }

        private @Nullable Integer any(Random random) {
            return flows.keySet().stream()
                    .skip(flows.isEmpty() ? 0 : random.nextInt(Math.min(10, flows.size())))
                    .findFirst()
                    .orElse(null);
        }

        private int tick() {
            return (int) (start + now);
        }
    }
}
