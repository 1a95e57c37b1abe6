package dev.sluice.director;

import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.wire.PacketView;

import java.util.Arrays;

/// Later fragments carry no ports; this remembers, for a while, to which connection the first
/// fragment of their packet belonged.
///
/// Key: source, destination, identification and family, as the packet came. Bounded: sets of four
/// entries, the oldest of a set makes room. Later fragments that come before the first are not
/// known here: whoever hands them over may do so again, behind it.
///
/// IPv6 only, as a rule: IPv4 fragments are put together before they get here. Where they are not,
/// they are treated alike.
final class Fragments {

    private static final int SETS = 256;
    private static final int WAYS = 4;

    /// A minute, as long as Linux waits for fragments (`ip6frag_time`).
    private static final int LIFE_TICKS = 60_000 / ConnectionTable.TICK_MILLIS;

    private final long key;
    private final long[] sourceHighs = new long[SETS * WAYS];
    private final long[] sourceLows = new long[SETS * WAYS];
    private final long[] destinationHighs = new long[SETS * WAYS];
    private final long[] destinationLows = new long[SETS * WAYS];
    private final int[] ids = new int[SETS * WAYS];
    private final int[] values = new int[SETS * WAYS];
    private final int[] generations = new int[SETS * WAYS];
    private final Kind[] kinds = new Kind[SETS * WAYS];
    private final int[] deadlines = new int[SETS * WAYS];

    /// What is remembered of a first fragment.
    enum Kind {
        NOTHING,
        /// It came from the client of connection [Fragments#value].
        FROM_CLIENT,
        /// It came from the real server of connection [Fragments#value].
        FROM_SERVER,
        /// It was handed over to worker [Fragments#value].
        HANDED_OVER,
        /// It is no connection's: the stack has it, or nobody.
        NOT_OURS
    }

    Fragments(long key) {
        this.key = key;
        Arrays.fill(kinds, Kind.NOTHING);
    }

    void remember(PacketView first, Kind kind, int value, int generation, int nowTicks) {
        int at = find(first, nowTicks);
        if (at < 0) {
            at = oldest(set(first), nowTicks);
        }
        sourceHighs[at] = first.sourceHigh();
        sourceLows[at] = first.sourceLow();
        destinationHighs[at] = first.destinationHigh();
        destinationLows[at] = first.destinationLow();
        ids[at] = first.fragmentId();
        kinds[at] = kind;
        values[at] = value;
        generations[at] = generation;
        deadlines[at] = nowTicks + LIFE_TICKS;
    }

    /// The entry of a fragment's packet, or -1.
    int find(PacketView fragment, int nowTicks) {
        int begin = set(fragment);
        for (int at = begin; at < begin + WAYS; at++) {
            if (kinds[at] != Kind.NOTHING
                    && ids[at] == fragment.fragmentId()
                    && sourceLows[at] == fragment.sourceLow()
                    && sourceHighs[at] == fragment.sourceHigh()
                    && destinationLows[at] == fragment.destinationLow()
                    && destinationHighs[at] == fragment.destinationHigh()
                    && deadlines[at] - nowTicks > 0) {
                return at;
            }
        }
        return -1;
    }

    Kind kind(int entry) {
        return kinds[entry];
    }

    int value(int entry) {
        return values[entry];
    }

    int generation(int entry) {
        return generations[entry];
    }

    private int oldest(int set, int nowTicks) {
        int oldest = set;
        for (int at = set; at < set + WAYS; at++) {
            if (kinds[at] == Kind.NOTHING) {
                return at;
            }
            if (deadlines[at] - nowTicks < deadlines[oldest] - nowTicks) {
                oldest = at;
            }
        }
        return oldest;
    }

    private int set(PacketView packet) {
        int set =
                Steering.mix(
                        packet.sourceHigh() ^ Long.rotateLeft(packet.destinationHigh(), 17),
                        packet.sourceLow() ^ Long.rotateLeft(packet.destinationLow(), 17),
                        packet.fragmentId(),
                        key,
                        ~key,
                        SETS);
        return set * WAYS;
    }
}
