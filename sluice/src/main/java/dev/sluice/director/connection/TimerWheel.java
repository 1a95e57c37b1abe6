package dev.sluice.director.connection;

import java.util.function.IntConsumer;

/// Deadlines of connections: a hierarchical timing wheel (Varghese and Lauck, 1987), linked through
/// the records.
///
/// ```
///  tick   31 ..... 26 25 ..... 20 19 ..... 14 13 ...... 8 7 ........ 0
///  level  4: 64 slots 3: 64 slots 2: 64 slots 1: 64 slots 0: 256 slots
///         of 74.6 h   of 70 min   of 65.5 s   of 1.02 s   of 4 ms
/// ```
///
/// A record is linked at the lowest level whose span covers the time left, in the slot of its
/// deadline. When the wheel reaches the beginning of a slot above level 0, the slot's records move
/// to lower levels; a slot of level 0 holds what is due.
///
/// **Lazy.** Each packet restarts its connection's timer, so a restart only writes the deadline; a
/// slot that comes too early finds the later deadline and links the record anew. Only a deadline
/// that may lie before the slot moves the record at once. Where it is linked is not recorded, but
/// its level is, and a record at a level fires within the level's span from now: the FIN of a
/// connection whose SYN was linked on level 1 (60 s) need not move it.
///
/// **Time** is a 32-bit count of ticks, compared by subtraction; deadlines lie less than 2^31 ticks
/// (99 days) apart. The wheel has done everything before `current`, and that tick too but for what
/// is linked there afterwards. Bit maps of the slots in use let it skip idle time at once.
///
/// **Cost.** Link and unlink: constant, at most three records written. A record is moved at most
/// once per level and restart-free span. [#advance] visits no more records than it is told; then it
/// stays at its tick and goes on with the next call.
final class TimerWheel {

    private static final int LEVELS = 5;
    private static final int LEVEL_0_BITS = 8;
    private static final int LEVEL_BITS = 6;
    private static final int LEVEL_0_SLOTS = 1 << LEVEL_0_BITS;
    private static final int LEVEL_SLOTS = 1 << LEVEL_BITS;

    private final ConnectionRecords records;

    /// The first record of each slot or 0; level 0 first.
    private final int[] heads = new int[LEVEL_0_SLOTS + (LEVELS - 1) * LEVEL_SLOTS];

    /// A bit for each slot in use: four words for level 0, then one per level.
    private final long[] used = new long[heads.length / Long.SIZE];

    private int current;

    TimerWheel(ConnectionRecords records, int nowTicks) {
        this.records = records;
        this.current = nowTicks;
    }

    /// Sets the deadline to `nowTicks` plus the connection's timeout.
    void restart(int id, int nowTicks) {
        int before = records.deadlineTicks(id);
        int deadline = nowTicks + records.timeoutTicks(id);
        records.setDeadlineTicks(id, deadline);
        if (!isLinked(id)) {
            link(id, deadline);
        } else if (deadline - before < 0 && mayFireLater(id, deadline)) {
            unlink(id);
            link(id, deadline);
        }
    }

    /// Takes a record off the wheel, if it is on it.
    void cancel(int id) {
        if (isLinked(id)) {
            unlink(id);
        }
    }

    /// Hands over every record whose deadline is not after `nowTicks`, unlinked.
    ///
    /// @param limit how many records to visit at most, due or not
    /// @return how many were visited; `limit` means that there may be more
    int advance(int nowTicks, int limit, IntConsumer expired) {
        int visited = 0;
        for (int wait = untilUsedSlot(); wait <= nowTicks - current; wait = untilUsedSlot()) {
            current += wait;
            for (int level = LEVELS - 1; level >= 0; level--) {
                if (isSlotStart(level)) {
                    visited += drain(slot(level, current), limit - visited, expired);
                    if (visited == limit) {
                        return visited;
                    }
                }
            }
        }
        current = nowTicks;
        return visited;
    }

    /// Ticks from `nowTicks` until [#advance] has something to do: 0 when it has now, never too
    /// many, `Integer.MAX_VALUE` when no record is linked.
    int ticksUntilNext(int nowTicks) {
        int wait = untilUsedSlot();
        return wait == Integer.MAX_VALUE ? wait : Math.max(0, current + wait - nowTicks);
    }

    private int drain(int slot, int limit, IntConsumer expired) {
        int visited = 0;
        for (int id = heads[slot]; id != 0 && visited < limit; id = heads[slot]) {
            unlink(id);
            int deadline = records.deadlineTicks(id);
            if (deadline - current <= 0) {
                expired.accept(id);
            } else {
                link(id, deadline);
            }
            visited++;
        }
        return visited;
    }

    private boolean isLinked(int id) {
        return records.wheelPrevious(id) != 0;
    }

    private boolean mayFireLater(int id, int deadline) {
        return deadline - current < 1L << shift(records.wheelLevel(id) + 1);
    }

    private void link(int id, int deadline) {
        // What is overdue while the wheel lags behind is due at its next step.
        int due = deadline - current < 0 ? current : deadline;
        int level = level(due - current);
        int slot = slot(level, due);
        int head = heads[slot];
        records.setWheelNext(id, head);
        records.setWheelPrevious(id, ~slot);
        records.setWheelLevel(id, level);
        if (head != 0) {
            records.setWheelPrevious(head, id);
        } else {
            used[slot / Long.SIZE] |= 1L << slot;
        }
        heads[slot] = id;
    }

    private void unlink(int id) {
        int next = records.wheelNext(id);
        int previous = records.wheelPrevious(id);
        if (next != 0) {
            records.setWheelPrevious(next, previous);
        }
        if (previous > 0) {
            records.setWheelNext(previous, next);
        } else {
            int slot = ~previous;
            heads[slot] = next;
            if (next == 0) {
                used[slot / Long.SIZE] &= ~(1L << slot);
            }
        }
        records.setWheelPrevious(id, 0);
    }

    /// The bit where a level's slots begin in a tick.
    private static int shift(int level) {
        return level == 0 ? 0 : LEVEL_0_BITS + (level - 1) * LEVEL_BITS;
    }

    private static int level(int ticksLeft) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(ticksLeft);
        return bits <= LEVEL_0_BITS
                ? 0
                : Math.min(LEVELS - 1, (bits - LEVEL_0_BITS + LEVEL_BITS - 1) / LEVEL_BITS);
    }

    private static int slot(int level, int tick) {
        return level == 0
                ? tick & LEVEL_0_SLOTS - 1
                : LEVEL_0_SLOTS
                        + (level - 1) * LEVEL_SLOTS
                        + (tick >>> shift(level) & LEVEL_SLOTS - 1);
    }

    private boolean isSlotStart(int level) {
        return (current & (1 << shift(level)) - 1) == 0;
    }

    /// Ticks from `current` to the first slot in use: of level 0 the tick itself, above it the tick
    /// at which the slot begins.
    private int untilUsedSlot() {
        int nearest = untilUsedSlot0();
        for (int level = 1; level < LEVELS; level++) {
            long bits = used[LEVEL_0_SLOTS / Long.SIZE + level - 1];
            if (bits != 0) {
                // Rotated so that bit 0 is the slot after the one that `current` is in; that one
                // comes last, a whole turn later, unless it only begins now.
                int position = current >>> shift(level);
                int first = isSlotStart(level) ? 0 : 1;
                int slots =
                        first
                                + Long.numberOfTrailingZeros(
                                        Long.rotateRight(bits, position + first));
                nearest = Math.min(nearest, (position + slots << shift(level)) - current);
            }
        }
        return nearest;
    }

    private int untilUsedSlot0() {
        int begin = current & LEVEL_0_SLOTS - 1;
        for (int i = 0; i <= LEVEL_0_SLOTS / Long.SIZE; i++) {
            int word = begin / Long.SIZE + i & LEVEL_0_SLOTS / Long.SIZE - 1;
            long bits = used[word];
            if (i == 0) {
                bits &= -1L << begin;
            }
            if (bits != 0) {
                int slot = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
                return slot - begin & LEVEL_0_SLOTS - 1;
            }
        }
        return Integer.MAX_VALUE;
    }
}
