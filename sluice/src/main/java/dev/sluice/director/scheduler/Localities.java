package dev.sluice.director.scheduler;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Which servers serve a destination address: what lblc and lblcr remember (ipvs.md §5.13). A hash
/// table whose buckets are chains; workers find, and put new entries in front, without waiting for
/// each other; one thread at a time lets entries grow old. Finding allocates nothing; a destination
/// that is new costs an object.
///
/// As in Linux, every half an hour entries that were not used for the expiration time go, and
/// beyond [#COMFORTABLE] entries, each minute, some of those that were not used for six minutes.
/// Unlike there, at [#LIMIT] entries no more are made: further destinations are scheduled afresh
/// each time.
final class Localities {

    private static final int BUCKETS = 4096;
    private static final int COMFORTABLE = 16 * 1024;
    private static final int LIMIT = 16 * COMFORTABLE;

    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final long RECENT_NANOS = 6 * MINUTE_NANOS;
    private static final int ROUNDS_PER_CLEARANCE = 30;
    private static final int SWEPT_AT_MOST = 8192;

    /// One destination. Who changes `servers` makes a new array; of two workers that do so at once
    /// one has it his way.
    static final class Entry {
        private final long high;
        private final long low;

        /// Ids; the newest member first.
        volatile int[] servers;

        volatile long usedAtNanos;
        volatile long changedAtNanos;
        private volatile @Nullable Entry next;

        private Entry(long high, long low, int server, long nowNanos) {
            this.high = high;
            this.low = low;
            servers = new int[] {server};
            usedAtNanos = nowNanos;
            changedAtNanos = nowNanos;
        }

        private boolean is(long itsHigh, long itsLow) {
            return low == itsLow && high == itsHigh;
        }
    }

    private final AtomicReferenceArray<Entry> buckets = new AtomicReferenceArray<>(BUCKETS);
    private final AtomicInteger count = new AtomicInteger();

    private boolean started;
    private long nextRoundNanos;
    private int round = 1;
    private int sweptUntil;

    /// The entry of a destination, or null.
    @Nullable Entry find(long high, long low) {
        for (Entry entry = buckets.get(bucket(high, low)); entry != null; entry = entry.next) {
            if (entry.is(high, low)) {
                return entry;
            }
        }
        return null;
    }

    /// Remembers a destination that was not found.
    void add(long high, long low, int server, long nowNanos) {
        if (count.get() >= LIMIT) {
            return;
        }
        Entry added = new Entry(high, low, server, nowNanos);
        int bucket = bucket(high, low);
        Entry first;
        do {
            first = buckets.get(bucket);
            if (first != null && first.is(high, low)) {
                return;
            }
            added.next = first;
        } while (!buckets.compareAndSet(bucket, first, added));
        count.incrementAndGet();
    }

    int size() {
        return count.get();
    }

    /// Lets entries grow old, when a minute is over.
    void poll(long nowNanos, long expirationNanos) {
        if (!started) {
            started = true;
            nextRoundNanos = nowNanos + MINUTE_NANOS;
        }
        if (nowNanos - nextRoundNanos >= 0) {
            round(nowNanos, expirationNanos);
            nextRoundNanos = nowNanos + MINUTE_NANOS;
        }
    }

    private void round(long nowNanos, long expirationNanos) {
        if (round % ROUNDS_PER_CLEARANCE == 0) {
            sweep(nowNanos, expirationNanos, Integer.MAX_VALUE);
            round = 1;
        } else if (size() <= COMFORTABLE) {
            round++;
        } else {
            int goal = Math.min((size() - COMFORTABLE) * 4 / 3, SWEPT_AT_MOST);
            sweep(nowNanos, RECENT_NANOS, goal);
        }
    }

    /// Goes through the buckets, from where it ended last, until so many entries are gone.
    private void sweep(long nowNanos, long idleNanos, int goal) {
        int left = goal;
        for (int i = 0; i < BUCKETS && left > 0; i++) {
            sweptUntil = (sweptUntil + 1) % BUCKETS;
            Entry entry = buckets.get(sweptUntil);
            while (entry != null) {
                Entry next = entry.next;
                if (nowNanos - entry.usedAtNanos > idleNanos) {
                    unlink(sweptUntil, entry);
                    left--;
                }
                entry = next;
            }
        }
    }

    /// Only new first entries can come meanwhile.
    private void unlink(int bucket, Entry gone) {
        if (!buckets.compareAndSet(bucket, gone, gone.next)) {
            Entry before = buckets.get(bucket);
            while (before.next != gone && before.next != null) {
                before = before.next;
            }
            before.next = gone.next;
        }
        count.decrementAndGet();
    }

    private static int bucket(long high, long low) {
        return Hash.fold(high, low) * 0x9E3779B1 >>> 20;
    }
}
