package dev.sluice.director.service;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Live counters of one real server, one service or the whole director. They outlive configuration
/// snapshots.
///
/// Each worker adds to a lane of its own, so nobody contends: a lane has one writer and any number
/// of readers, who sum the lanes. Reads are opaque: a sum may be a few packets old, never torn.
public final class Tally {

    /// What is counted. The first three are gauges, the rest only grow.
    public enum Count {
        ACTIVE,
        INACTIVE,
        /// Persistence templates.
        PERSISTENT,
        CONNECTIONS,
        IN_PACKETS,
        OUT_PACKETS,
        IN_BYTES,
        OUT_BYTES,
        /// A client's second, third, … attempt to open a connection that has not come about yet.
        REPEATED_OPENINGS,
        /// Connections that came about: server and client have heard of each other.
        ESTABLISHED,
        /// Connections that the server refused.
        REFUSED
    }

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    /// A lane fills two cache lines, so that neighbours prefetched in pairs do not collide.
    private static final int LANE_CELLS = 16;

    private final long[] cells;
    private final int lanes;

    /// Where the lanes of what was dropped begin, 0 when that is not kept.
    private final int drops;

    /// `workers` lanes, at least 1.
    public Tally(int workers) {
        this(workers, false);
    }

    private Tally(int workers, boolean keepsDrops) {
        lanes = workers;
        drops = keepsDrops ? LANE_CELLS * workers : 0;
        cells = new long[LANE_CELLS * (workers + 1) + drops];
    }

    /// One that keeps what was dropped, too.
    public static Tally ofService(int workers) {
        return new Tally(workers, true);
    }

    /// Adds to a worker's own lane; only that worker may call it.
    public void add(int worker, Count count, long amount) {
        int cell = cell(worker, count);
        CELL.setOpaque(cells, cell, cells[cell] + amount);
    }

    /// The sum over all workers.
    public long read(Count count) {
        long sum = 0;
        for (int lane = 0; lane < lanes; lane++) {
            sum += (long) CELL.getOpaque(cells, cell(lane, count));
        }
        return sum;
    }

    /// Connections and templates that still refer to the owner.
    public long references() {
        return read(Count.ACTIVE) + read(Count.INACTIVE) + read(Count.PERSISTENT);
    }

    /// Adds a packet that was dropped to a worker's own lane; only that worker may call it.
    ///
    /// @param reason one of at most sixteen; which, this class need not know
    public void drop(int worker, Enum<?> reason) {
        if (drops != 0) {
            int cell = drops + cell(worker, reason);
            CELL.setOpaque(cells, cell, cells[cell] + 1);
        }
    }

    /// Packets that were dropped for this reason, over all workers; 0 when that is not kept.
    public long dropped(Enum<?> reason) {
        long sum = 0;
        for (int lane = 0; drops != 0 && lane < lanes; lane++) {
            sum += (long) CELL.getOpaque(cells, drops + cell(lane, reason));
        }
        return sum;
    }

    private static int cell(int worker, Enum<?> what) {
        return LANE_CELLS / 2 + worker * LANE_CELLS + what.ordinal();
    }
}
