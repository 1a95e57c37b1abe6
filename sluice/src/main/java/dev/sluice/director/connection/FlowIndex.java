package dev.sluice.director.connection;

import java.lang.foreign.Arena;

/// From 32-bit hash to record ids: extendible hashing (Fagin et al., 1979) in native memory.
///
/// ```
///  hash   31 .......... 22 21 ................. 9 8 ......... 0
///         directory index  tells entries of one   bucket in
///         (`depth` bits)   bucket apart           the segment
///
///  directory            segment: header 64 bytes, 512 buckets    bucket: 64 bytes, a cache line
///  ┌───┐               ┌────────┬───┬───┬───┬─────┬───┐         ┌─────────┬────────────┐
///  │ 0 ├──────────────►│ header │ 0 │ 1 │ 2 │ ... │511│         │ hash 32 │ kind 1+id31│ × 8
///  │ 1 ├──────┐        └────────┴───┴───┴───┴─────┴───┘         └─────────┴────────────┘
///  │ 2 ├────┐ └───────►┌────────┬───┬─ ...
///  │ 3 ├────┤          └────────┴───┴─ ...
///  └───┘    └─────────►  (2 and 3 share a segment that is one bit shallower)
/// ```
///
/// **Growth.** A segment splits in two by the next bit of the hash when an entry finds no place in
/// it: a pass over 32 KiB, some twenty microseconds, and no record is touched since the whole hash
/// stands in the entry. Only the directory doubles, eight bytes for two thousand connections.
/// Hashes are uniform, so segments fill alike; they split between 60 and 75 % (at the latest at 85
/// %), and over all of them the fill moves between 42 and 65 %: 12 to 19 bytes an entry.
///
/// **Buckets.** An entry lives in its home bucket or, when that is full, in one of the next
/// [#REACH] − 1. Two rules make searches short: entries of a bucket are dense from its start, and
/// an entry is away from home only while all buckets from home up to it are full. So a search ends
/// at the first bucket that is not full. Removal restores the second rule by pulling entries back.
/// When nothing is free within reach the segment splits.
///
/// **Twins** are entries with equal hash and kind. They are found newest first, as the kernel finds
/// connections: a new twin takes the first one's place and the others move up. Since the hash is
/// keyed, twins mean equal flow keys; a client can make those at will (ipvs.md §3.1, reverse-key
/// collision), so there are at most [#MAX_TWINS], beyond which the oldest is forgotten.
///
/// Order among twins holds because every move keeps it: removal shifts, pulling back takes the
/// first that may move and appends it, splitting appends in search order.
///
/// An *entry* is the address of eight bytes; it is valid until the index changes.
final class FlowIndex {

    /// Buckets that a search may visit.
    static final int REACH = 8;

    static final int MAX_TWINS = 8;

    private static final long ENTRY_BYTES = 8;
    private static final int SLOTS = 8;
    private static final int BUCKETS = 512;
    private static final int BUCKET_BYTES = 64;
    private static final int HEADER_BYTES = 64;
    private static final int BUCKETS_BYTES = BUCKETS * BUCKET_BYTES;
    static final int SEGMENT_BYTES = HEADER_BYTES + BUCKETS_BYTES;

    /// Header: entries in the segment, and how many bits of the hash they share.
    private static final int COUNT = 0;

    private static final int DEPTH = 4;

    private static final int SPLIT_COUNT = BUCKETS * SLOTS * 85 / 100;
    private static final int MAX_DEPTH = 22;

    /// Entries of different kinds are never twins. It is the sign of an entry's id half.
    private static final int KIND = 1 << 31;

    private final Arena arena;
    private final long scratch;
    private long[] directory;
    private int depth;
    private int segments;
    private long entries;
    private long splits;
    private boolean exhausted;

    FlowIndex(Arena arena) {
        this.arena = arena;
        this.scratch = arena.allocate(BUCKETS_BYTES, BUCKET_BYTES).address();
        this.directory = new long[] {arena.allocate(SEGMENT_BYTES, BUCKET_BYTES).address()};
        this.segments = 1;
    }

    /// The first entry with this hash, or 0.
    ///
    /// @param hash never 0
    long first(int hash) {
        return search(hash, segment(hash), 0, 0);
    }

    /// The entry with the same hash after `entry`, or 0.
    long next(int hash, long entry) {
        long segment = segment(hash);
        int offset = (int) (entry - segment) - HEADER_BYTES;
        int distance = offset / BUCKET_BYTES - home(hash) & BUCKETS - 1;
        return search(hash, segment, distance, offset % BUCKET_BYTES / Long.BYTES + 1);
    }

    static int id(long entry) {
        return Memory.i32(entry) & ~KIND;
    }

    /// Whether the entry was inserted with kind 1.
    static boolean isKind1(long entry) {
        return Memory.i32(entry) < 0;
    }

    /// The home bucket's first entry, whatever it is: reading it brings the bucket into the cache.
    long touch(int hash) {
        return Memory.i64(bucket(segment(hash), home(hash)));
    }

    /// Adds an entry in front of its twins.
    ///
    /// @param kind 0 or 1
    /// @return false when native memory is exhausted
    boolean insert(int hash, int id, int kind) {
        int value = id | kind << 31;
        while (true) {
            long segment = segment(hash);
            boolean split = count(segment) >= SPLIT_COUNT && split(hash, segment);
            if (!split) {
                int room = makeRoom(hash, value, segment);
                if (room >= 0) {
                    count(segment, count(segment) + room);
                    entries += room;
                    return true;
                }
                if (!split(hash, segment)) {
                    return false;
                }
            }
        }
    }

    /// Removes one entry.
    ///
    /// @return false when it is not there: it was the oldest of too many twins
    boolean remove(int hash, int id, int kind) {
        int value = id | kind << 31;
        for (long entry = first(hash); entry != 0; entry = next(hash, entry)) {
            if (Memory.i32(entry) == value) {
                long segment = segment(hash);
                count(segment, count(segment) - 1);
                entries--;
                int bucket = (int) (entry - segment - HEADER_BYTES) / BUCKET_BYTES;
                if (cut(entry)) {
                    pullBack(segment, bucket);
                }
                return true;
            }
        }
        return false;
    }

    long entries() {
        return entries;
    }

    int segments() {
        return segments;
    }

    long splits() {
        return splits;
    }

    long bytes() {
        return (long) segments * SEGMENT_BYTES
                + BUCKETS_BYTES
                + (long) directory.length * Long.BYTES;
    }

    private long segment(int hash) {
        // A long, because an int shifted by 32 stays as it is.
        return directory[(int) ((hash & 0xffff_ffffL) >>> (32 - depth))];
    }

    private static int home(int hash) {
        return hash & BUCKETS - 1;
    }

    private static long bucket(long segment, int bucket) {
        return segment + HEADER_BYTES + (long) bucket * BUCKET_BYTES;
    }

    private static int count(long segment) {
        return Memory.i32(segment + COUNT);
    }

    private static void count(long segment, int count) {
        Memory.i32(segment + COUNT, count);
    }

    private static boolean isFull(long bucket) {
        return Memory.i64(bucket + BUCKET_BYTES - Long.BYTES) != 0;
    }

    private static long search(int hash, long segment, int distance, int slot) {
        int home = home(hash);
        int from = slot;
        for (int d = distance; d < REACH; d++) {
            long bucket = bucket(segment, home + d & BUCKETS - 1);
            for (int s = from; s < SLOTS; s++) {
                if (Memory.i32(bucket + s * ENTRY_BYTES + 4) == hash) {
                    return bucket + s * ENTRY_BYTES;
                }
            }
            if (!isFull(bucket)) {
                return 0;
            }
            from = 0;
        }
        return 0;
    }

    /// Writes the entry.
    ///
    /// @return how many entries there are more: 1, or 0 when the oldest twin gave way; −1 when
    ///   nothing is free within reach
    private static int makeRoom(int hash, int value, long segment) {
        int home = home(hash);
        int twins = 0;
        long free = 0;
        for (int d = 0; d < REACH && free == 0; d++) {
            long bucket = bucket(segment, home + d & BUCKETS - 1);
            for (int s = 0; s < SLOTS && free == 0; s++) {
                long entry = Memory.i64(bucket + s * ENTRY_BYTES);
                if (entry == 0) {
                    free = bucket + s * ENTRY_BYTES;
                } else if (isTwin(entry, hash, value)) {
                    twins++;
                }
            }
        }
        if (twins >= MAX_TWINS) {
            moveUp(hash, value, segment, twins);
            return 0;
        }
        if (free == 0) {
            return -1;
        }
        Memory.i64(free, (long) hash << 32 | moveUp(hash, value, segment, twins) & 0xffff_ffffL);
        return 1;
    }

    /// Puts `value` in the first twin's place, that one in the second's, and so on.
    ///
    /// @return the last one, which has no place now
    private static int moveUp(int hash, int value, long segment, int twins) {
        int moved = value;
        int left = twins;
        for (int d = 0; d < REACH && left > 0; d++) {
            long bucket = bucket(segment, home(hash) + d & BUCKETS - 1);
            for (int s = 0; s < SLOTS && left > 0; s++) {
                long at = bucket + s * ENTRY_BYTES;
                if (isTwin(Memory.i64(at), hash, value)) {
                    int next = Memory.i32(at);
                    Memory.i32(at, moved);
                    moved = next;
                    left--;
                }
            }
        }
        return moved;
    }

    private static boolean isTwin(long entry, int hash, int value) {
        return (int) (entry >>> 32) == hash && ((int) entry ^ value) >= 0;
    }

    /// Takes an entry out of its bucket; those behind it shift.
    ///
    /// @return whether the bucket was full
    private static boolean cut(long entry) {
        long last = (entry & -BUCKET_BYTES) + BUCKET_BYTES - Long.BYTES;
        boolean full = Memory.i64(last) != 0;
        for (long at = entry; at < last; at += Long.BYTES) {
            Memory.i64(at, Memory.i64(at + Long.BYTES));
        }
        Memory.i64(last, 0);
        return full;
    }

    /// Fills the last slot of a bucket that was full with an entry that had to live further on.
    private static void pullBack(long segment, int emptied) {
        int target = emptied;
        // Each turn moves on by at least one bucket of a run of full ones.
        for (int turns = 0; turns < BUCKETS; turns++) {
            int source = -1;
            long entry = 0;
            for (int d = 1; d < REACH && entry == 0; d++) {
                source = target + d & BUCKETS - 1;
                entry = firstFartherThan(bucket(segment, source), source, d);
                if (entry == 0 && !isFull(bucket(segment, source))) {
                    return;
                }
            }
            if (entry == 0) {
                return;
            }
            Memory.i64(bucket(segment, target) + BUCKET_BYTES - Long.BYTES, Memory.i64(entry));
            if (!cut(entry)) {
                return;
            }
            target = source;
        }
    }

    /// The first entry of a bucket whose home is at least `distance` buckets before it, or 0.
    private static long firstFartherThan(long bucket, int number, int distance) {
        for (int s = 0; s < SLOTS; s++) {
            long at = bucket + s * ENTRY_BYTES;
            long entry = Memory.i64(at);
            if (entry == 0) {
                return 0;
            }
            if ((number - home((int) (entry >>> 32)) & BUCKETS - 1) >= distance) {
                return at;
            }
        }
        return 0;
    }

    /// Splits the segment of `hash`.
    ///
    /// @return false when there is no memory for another, now or ever
    private boolean split(int hash, long segment) {
        int shared = Memory.i32(segment + DEPTH);
        if (exhausted || shared == MAX_DEPTH) {
            return false;
        }
        long sibling;
        try {
            sibling = arena.allocate(SEGMENT_BYTES, BUCKET_BYTES).address();
        } catch (OutOfMemoryError _) {
            exhausted = true;
            return false;
        }
        if (shared == depth) {
            doubleDirectory();
        }
        // The directory entries whose index starts with the shared bits and a one.
        long prefix = shared == 0 ? 0 : (hash & 0xffff_ffffL) >>> (32 - shared);
        int begin = (int) ((prefix << 1 | 1) << (depth - shared - 1));
        int end = begin + (1 << (depth - shared - 1));
        for (int i = begin; i < end; i++) {
            directory[i] = sibling;
        }
        Memory.i32(segment + DEPTH, shared + 1);
        Memory.i32(sibling + DEPTH, shared + 1);
        distribute(segment, sibling, 31 - shared);
        segments++;
        splits++;
        return true;
    }

    private void doubleDirectory() {
        long[] doubled = new long[2 * directory.length];
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] = directory[i / 2];
        }
        directory = doubled;
        depth++;
    }

    /// Moves the entries with a one at `bit` to the sibling, in search order. It starts behind a
    /// bucket that is not full, over which no entry reaches; then none ends farther from home than
    /// it was: all that come before it were before it already.
    private void distribute(long segment, long sibling, int bit) {
        Memory.copy(bucket(segment, 0), scratch, BUCKETS_BYTES);
        Memory.clear(bucket(segment, 0), BUCKETS_BYTES);
        int start = 0;
        while (start < BUCKETS && isFull(scratch + (long) start * BUCKET_BYTES)) {
            start++;
        }
        int moved = 0;
        for (int b = 1; b <= BUCKETS; b++) {
            long bucket = scratch + (long) (start + b & BUCKETS - 1) * BUCKET_BYTES;
            for (int s = 0; s < SLOTS; s++) {
                long entry = Memory.i64(bucket + s * ENTRY_BYTES);
                if (entry == 0) {
                    break;
                }
                int one = (int) (entry >>> 32 + bit) & 1;
                append(one == 1 ? sibling : segment, entry);
                moved += one;
            }
        }
        count(sibling, moved);
        count(segment, count(segment) - moved);
    }

    private static void append(long segment, long entry) {
        int home = home((int) (entry >>> 32));
        for (int d = 0; d < REACH; d++) {
            long bucket = bucket(segment, home + d & BUCKETS - 1);
            if (!isFull(bucket)) {
                long at = bucket;
                while (Memory.i64(at) != 0) {
                    at += Long.BYTES;
                }
                Memory.i64(at, entry);
                return;
            }
        }
        throw new AssertionError("an entry of a split segment has no place");
    }
}
