package dev.sluice.director.connection;

import static dev.sluice.director.connection.ConnectionTable.NONE;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;

import dev.sluice.wire.Flow;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.function.IntConsumer;

/// What connections cost: native bytes each, and garbage.
final class ConnectionTableCostTest {

    private static final int TCP = 6;
    private static final Flow FLOW = new Flow();
    private static final long VIP = 0x0a00_0001L;
    private static final long SERVER = 0x0a00_0102L;

    @Test
    void anIpv4NatConnectionCostsAtMost128BytesWhileTheTableGrows() {
        try (Arena arena = Arena.ofConfined()) {
            ConnectionTable table = new ConnectionTable(arena, 10_000_000, 1, 2, 0);
            double worst = 0;
            for (int i = 0; i < 3_000_000; i++) {
                require(create(table, i, 0) != NONE);
                if (i >= 20_000 && i % 256 == 0) {
                    worst = Math.max(worst, (double) table.bytes() / table.connections());
                }
            }
            assertThat(worst).isLessThan(115);
            for (int i = 0; i < 3_000_000; i += 7) {
                int id = find(table, i);
                require(id != NONE && id == findOut(table, i));
            }
        }
    }

    @Test
    void theWholeLifeOfAConnectionAllocatesNothingOnTheHeap() {
        try (Arena arena = Arena.ofConfined()) {
            ConnectionTable table = new ConnectionTable(arena, 100_000, 1, 2, 0);
            IntConsumer expired = table::remove;
            int[] hashes = new int[64];
            // The first rounds grow the memory and the index; later ones find it there.
            int now = 0;
            for (int round = 0; round < 4; round++) {
                now = live(table, now, hashes, expired);
            }
            long before = allocatedBytes();
            live(table, now, hashes, expired);
            long allocated = allocatedBytes() - before;

            assertThat(table.connections()).isZero();
            assertThat(allocated).as("bytes for 100,000 connections").isLessThan(1_000);
        }
    }

    /// 100,000 connections from their first packet to their end.
    private static int live(ConnectionTable table, int start, int[] hashes, IntConsumer expired) {
        int now = start;
        for (int i = 0; i < 100_000; i++) {
            require(create(table, i, now) != NONE);
        }
        require(table.create(false) == NONE);
        for (int i = 0; i < 100_000; i++) {
            hashes[i % hashes.length] = hash(table, i);
            if (i % hashes.length == hashes.length - 1) {
                table.prefetch(hashes, hashes.length);
            }
            int id = find(table, i);
            require(id != NONE && id == findOut(table, i));
            table.records().setState(id, i & 7);
            table.records().setTimeoutTicks(id, 250 * (10 + i % 1000));
            table.restart(id, now + i % 100);
        }
        for (int cursor = 0; cursor != NONE; ) {
            cursor = table.scan(cursor, 100, _ -> {});
        }
        while (table.connections() > 0) {
            now += 10_000;
            while (table.advance(now, 256, expired) == 256) {
                require(table.ticksUntilNextDeadline(now) >= 0);
            }
        }
        return now;
    }

    private static int create(ConnectionTable table, int i, int now) {
        int id = table.create(false);
        ConnectionRecords records = table.records();
        records.setProtocol(id, TCP);
        records.setClient(id, 0, client(i), port(i));
        records.setVirtual(id, 0, VIP, 80);
        records.setReal(id, 0, SERVER, 8080);
        records.setTimeoutTicks(id, 15_000);
        return table.insert(id, true, now) ? id : NONE;
    }

    private static int find(ConnectionTable table, int i) {
        return table.findIn(request(i), Direction.FROM_CLIENT);
    }

    private static int findOut(ConnectionTable table, int i) {
        return table.findOut(
                FLOW.of(false, TCP).from(0, SERVER, 8080).to(0, client(i), port(i)),
                Direction.TO_CLIENT);
    }

    private static int hash(ConnectionTable table, int i) {
        return table.hash(request(i), Direction.FROM_CLIENT);
    }

    private static Flow request(int i) {
        return FLOW.of(false, TCP).from(0, client(i), port(i)).to(0, VIP, 80);
    }

    private static long client(int i) {
        return 0xac10_0000L + i / 50_000;
    }

    private static int port(int i) {
        return 1024 + i % 50_000;
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new AssertionError();
        }
    }

    private static long allocatedBytes() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getCurrentThreadAllocatedBytes();
    }
}
