package dev.sluice.director;

import static dev.sluice.director.connection.ConnectionTable.NONE;

import dev.sluice.director.DirectorCounters.Other;
import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.defence.Lots;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Setting;

/// `drop_entry`: while it is in force, one place in 32 is drawn each second, and what lies there is
/// dropped if it is not worth keeping (ipvs.md §3.7). Half-open connections, which floods are made
/// of, are halved every 22 seconds by that; established ones that carry something stay.
final class DroppedEntries {

    private static final int ONE_PLACE_IN = 32;
    private static final int TICKS_PER_SECOND = 1000 / ConnectionTable.TICK_MILLIS;
    private static final int SILENT_TICKS = 60 * TICKS_PER_SECOND;

    private final ConnectionTable table;
    private final ConnectionRecords records;
    private final Connections connections;
    private final DirectorCounters counters;
    private final Lots lots = new Lots();
    private Policy policy = Policy.DEFAULT;
    private long random;

    /// What is left to be drawn, and when more comes.
    private int left;

    private int nextTicks;

    /// @param seed of the lots that are drawn
    DroppedEntries(
            ConnectionTable table, Connections connections, DirectorCounters counters, long seed) {
        this.table = table;
        this.records = table.records();
        this.connections = connections;
        this.counters = counters;
        random = seed | 1;
    }

    void configure(Policy newest) {
        policy = newest;
    }

    /// Draws no more than `limit`.
    ///
    /// @return how many it drew
    int drop(int nowTicks, int limit) {
        if (!policy.isInForce(Setting.DROP_ENTRY)) {
            left = 0;
            nextTicks = nowTicks;
            return 0;
        }
        if (nowTicks - nextTicks >= 0) {
            left = table.places() / ONE_PLACE_IN;
            nextTicks = nowTicks + TICKS_PER_SECOND;
        }
        int drawn = Math.min(left, limit);
        for (int i = 0; i < drawn; i++) {
            int id = table.at((int) Long.remainderUnsigned(draw(), table.places()));
            if (id != NONE && records.children(id) == 0 && goes(id, nowTicks)) {
                connections.removeNow(id);
                counters.count(Other.DROPPED_BY_LOT);
            }
        }
        left -= drawn;
        return drawn;
    }

    /// Ticks until there is something to do; `Integer.MAX_VALUE` while nothing is to be dropped.
    int ticksUntilNext(int nowTicks) {
        if (!policy.isInForce(Setting.DROP_ENTRY)) {
            return Integer.MAX_VALUE;
        }
        return left > 0 ? 0 : Math.max(0, nextTicks - nowTicks);
    }

    private boolean goes(int id, int nowTicks) {
        if (connections.isOnePacket(id)) {
            return false;
        }
        if (connections.isTemplate(id)) {
            return !connections.isAssured(id);
        }
        return switch (connections.transport(id).underAttack(records.state(id))) {
            case KEPT -> false;
            case DROPPED -> true;
            case BY_LOT -> {
                int age = records.timeoutTicks(id) - (records.deadlineTicks(id) - nowTicks);
                yield lots.takes(records.packets(id), age >= SILENT_TICKS);
            }
        };
    }

    /// xorshift64.
    private long draw() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return random;
    }
}
