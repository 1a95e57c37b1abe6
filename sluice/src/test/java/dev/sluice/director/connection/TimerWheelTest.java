package dev.sluice.director.connection;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/// The wheel against a map from id to deadline, in unbounded time.
final class TimerWheelTest {

    /// Starts at 0, shortly before ticks become negative, and shortly before they wrap.
    @ParameterizedTest
    @CsvSource({"1, 0", "2, 2147483000", "3, -1000", "4, -70000", "5, 123456789", "6, -1"})
    void expiresWhatTheModelExpires(long seed, int start) {
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            ConnectionRecords records = new ConnectionRecords(arena);
            TimerWheel wheel = new TimerWheel(records, start);
            Map<Integer, Long> model = new HashMap<>();
            long now = 0;
            for (int step = 0; step < 100_000; step++) {
                String where = "seed " + seed + ", step " + step;
                int tick = (int) (start + now);
                int choice = random.nextInt(10);
                if (choice < 4 || model.isEmpty()) {
                    int id = records.allocate(random.nextInt(3) == 0);
                    restart(wheel, records, model, id, timeout(random), now, tick);
                } else if (choice < 7) {
                    int id = any(model, random);
                    restart(wheel, records, model, id, timeout(random), now, tick);
                } else if (choice < 8) {
                    int id = any(model, random);
                    wheel.cancel(id);
                    records.free(id);
                    model.remove(id);
                } else {
                    now = later(random, model, now);
                    tick = (int) (start + now);
                    assertNoneIsLate(wheel, model, now, tick, where);
                    advance(wheel, records, model, now, tick, random, where);
                }
            }
        }
    }

    @Test
    void aLimitedAdvanceGoesOnWhereItStopped() {
        try (Arena arena = Arena.ofConfined()) {
            ConnectionRecords records = new ConnectionRecords(arena);
            TimerWheel wheel = new TimerWheel(records, 0);
            for (int i = 0; i < 1000; i++) {
                int id = records.allocate(false);
                records.setTimeoutTicks(id, 300);
                wheel.restart(id, 0);
            }
            int[] expired = {0};
            int calls = 0;
            while (expired[0] < 1000) {
                assertThat(wheel.advance(400, 7, id -> expired[0]++)).isLessThanOrEqualTo(7);
                calls++;
                assertThat(calls).isLessThan(500);
            }
            assertThat(wheel.ticksUntilNext(400)).isEqualTo(Integer.MAX_VALUE);
        }
    }

    @Test
    void restartingLaterDoesNotTouchTheLinks() {
        try (Arena arena = Arena.ofConfined()) {
            ConnectionRecords records = new ConnectionRecords(arena);
            TimerWheel wheel = new TimerWheel(records, 0);
            int first = linked(wheel, records, 60 * 250, 0);
            int second = linked(wheel, records, 60 * 250, 0);
            records.setTimeoutTicks(first, 900 * 250);
            wheel.restart(first, 10);
            assertThat(records.wheelPrevious(first)).isEqualTo(second);

            // Shorter than before, yet not before the slot: linked on level 1, it stays.
            records.setTimeoutTicks(first, 120 * 250);
            wheel.restart(first, 20);
            assertThat(records.wheelPrevious(first)).isEqualTo(second);

            records.setTimeoutTicks(first, 10 * 250);
            wheel.restart(first, 30);
            assertThat(records.wheelPrevious(first)).isNegative();
        }
    }

    @Test
    void anExpiredConnectionMayBeRestartedAndOthersRemovedFromWithin() {
        try (Arena arena = Arena.ofConfined()) {
            ConnectionRecords records = new ConnectionRecords(arena);
            TimerWheel wheel = new TimerWheel(records, 0);
            int[] ids = new int[10];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = linked(wheel, records, 5, 0);
            }
            int[] expired = {0};
            wheel.advance(
                    5,
                    1000,
                    id -> {
                        expired[0]++;
                        for (int other : ids) {
                            if (other != id) {
                                wheel.cancel(other);
                            }
                        }
                        wheel.restart(id, 5);
                    });
            assertThat(expired[0]).isEqualTo(1);
            assertThat(wheel.ticksUntilNext(5)).isEqualTo(5);
        }
    }

    private static int linked(TimerWheel wheel, ConnectionRecords records, int timeout, int now) {
        int id = records.allocate(false);
        records.setTimeoutTicks(id, timeout);
        wheel.restart(id, now);
        return id;
    }

    private static void restart(
            TimerWheel wheel,
            ConnectionRecords records,
            Map<Integer, Long> model,
            int id,
            int timeout,
            long now,
            int tick) {
        records.setTimeoutTicks(id, timeout);
        wheel.restart(id, tick);
        model.put(id, now + timeout);
    }

    private static void assertNoneIsLate(
            TimerWheel wheel, Map<Integer, Long> model, long now, int tick, String where) {
        int wait = wheel.ticksUntilNext(tick);
        long earliest = model.values().stream().mapToLong(Long::longValue).min().orElse(-1);
        if (earliest < 0) {
            assertThat(wait).as(where).isEqualTo(Integer.MAX_VALUE);
        } else {
            assertThat((long) wait).as(where).isLessThanOrEqualTo(Math.max(0, earliest - now));
        }
    }

    private static void advance(
            TimerWheel wheel,
            ConnectionRecords records,
            Map<Integer, Long> model,
            long now,
            int tick,
            Random random,
            String where) {
        int limit = 1 + random.nextInt(500);
        int visited;
        do {
            visited =
                    wheel.advance(
                            tick,
                            limit,
                            id -> {
                                Long deadline = model.remove(id);
                                assertThat(deadline).as(where).isNotNull();
                                assertThat(deadline).as(where).isLessThanOrEqualTo(now);
                                records.free(id);
                            });
        } while (visited == limit);
        assertThat(model.values()).as(where).allMatch(deadline -> deadline > now);
    }

    private static int timeout(Random random) {
        int bits = random.nextInt(31);
        return Math.min(ConnectionTable.MAX_TIMEOUT_TICKS, random.nextInt() >>> (31 - bits));
    }

    private static long later(Random random, Map<Integer, Long> model, long now) {
        // Often to the exact deadline of something, sometimes far beyond.
        if (random.nextBoolean()) {
            long deadline = requireNonNull(model.get(any(model, random)));
            return Math.max(now, Math.min(deadline, now + 20_000));
        }
        return now + (random.nextInt() >>> (8 + random.nextInt(24)));
    }

    private static int any(Map<Integer, Long> model, Random random) {
        int skip = random.nextInt(Math.min(8, model.size()));
        var ids = model.keySet().iterator();
        for (int i = 0; i < skip; i++) {
            ids.next();
        }
        return ids.next();
    }
}
