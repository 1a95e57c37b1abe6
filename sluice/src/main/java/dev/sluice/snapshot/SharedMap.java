package dev.sluice.snapshot;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.function.BiConsumer;

/// An immutable hash map on a [SharedArray] of buckets: a change copies a bucket, its chunk and the
/// spine. The buckets double when there are more entries than buckets, and halve when there are
/// eight times fewer, which then costs as much as all entries.
///
/// Of no order: who needs one keeps it in the values.
public final class SharedMap<K, V> {

    private static final int FEWEST_BUCKETS = 4;
    private static final SharedMap<?, ?> EMPTY =
            new SharedMap<>(SharedArray.empty(), FEWEST_BUCKETS, 0);

    /// One entry, and those that share its bucket. For look-ups that have no key as an object:
    ///
    /// ```java
    /// for (var entry = map.first(hash); entry != null; entry = entry.next()) { … }
    /// ```
    public static final class Entry<K, V> {

        private final K key;
        private final V value;
        private final @Nullable Entry<K, V> next;

        private Entry(K key, V value, @Nullable Entry<K, V> next) {
            this.key = key;
            this.value = value;
            this.next = next;
        }

        public K key() {
            return key;
        }

        public V value() {
            return value;
        }

        public @Nullable Entry<K, V> next() {
            return next;
        }
    }

    private final SharedArray<Entry<K, V>> buckets;
    private final int bucketCount;
    private final int size;

    private SharedMap(SharedArray<Entry<K, V>> buckets, int bucketCount, int size) {
        this.buckets = buckets;
        this.bucketCount = bucketCount;
        this.size = size;
    }

    /// One without entries.
    @SuppressWarnings("unchecked") // it holds none of any type
    public static <K, V> SharedMap<K, V> empty() {
        return (SharedMap<K, V>) EMPTY;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /// The value of a key, or null.
    public @Nullable V get(K key) {
        for (Entry<K, V> at = first(key.hashCode()); at != null; at = at.next) {
            if (at.key.equals(key)) {
                return at.value;
            }
        }
        return null;
    }

    public boolean containsKey(K key) {
        return get(key) != null;
    }

    /// The first entry of the bucket in which keys with this hash code are.
    public @Nullable Entry<K, V> first(int hashCode) {
        return buckets.get(bucket(hashCode, bucketCount));
    }

    /// This map with a value for a key, in the place of any that it had.
    public SharedMap<K, V> with(K key, V value) {
        int bucket = bucket(key.hashCode(), bucketCount);
        Entry<K, V> present = buckets.get(bucket);
        Entry<K, V> others = without(present, key);
        SharedArray<Entry<K, V>> changed = buckets.with(bucket, new Entry<>(key, value, others));
        if (others != present) {
            return new SharedMap<>(changed, bucketCount, size);
        }
        return new SharedMap<>(changed, bucketCount, size + 1).fitted();
    }

    /// This map without a key.
    public SharedMap<K, V> without(K key) {
        int bucket = bucket(key.hashCode(), bucketCount);
        Entry<K, V> present = buckets.get(bucket);
        Entry<K, V> others = without(present, key);
        return others == present
                ? this
                : new SharedMap<>(buckets.with(bucket, others), bucketCount, size - 1).fitted();
    }

    /// In no order.
    public void forEach(BiConsumer<? super K, ? super V> visitor) {
        for (int bucket = 0; bucket < buckets.limit(); bucket++) {
            for (Entry<K, V> at = buckets.get(bucket); at != null; at = at.next) {
                visitor.accept(at.key, at.value);
            }
        }
    }

    /// Told what a key has before and after: null where it is not there.
    @FunctionalInterface
    public interface Difference<K, V> {
        void at(K key, @Nullable V before, @Nullable V after);
    }

    /// Shows each key whose value is not equal in both. It costs as much as lies between them,
    /// unless the number of buckets changed.
    public static <K, V> void differences(
            SharedMap<K, V> before, SharedMap<K, V> after, Difference<K, V> difference) {
        if (before.bucketCount == after.bucketCount) {
            SharedArray.differences(
                    before.buckets,
                    after.buckets,
                    (_, old, fresh) -> differences(old, fresh, difference));
            return;
        }
        before.forEach((key, value) -> {
            V fresh = after.get(key);
            if (!value.equals(fresh)) {
                difference.at(key, value, fresh);
            }
        });
        after.forEach((key, value) -> {
            if (before.get(key) == null) {
                difference.at(key, null, value);
            }
        });
    }

    private static <K, V> void differences(
            @Nullable Entry<K, V> before,
            @Nullable Entry<K, V> after,
            Difference<K, V> difference) {
        for (Entry<K, V> old = before; old != null; old = old.next) {
            Entry<K, V> fresh = find(after, old.key);
            V value = fresh == null ? null : fresh.value;
            if (!Objects.equals(old.value, value)) {
                difference.at(old.key, old.value, value);
            }
        }
        for (Entry<K, V> fresh = after; fresh != null; fresh = fresh.next) {
            if (find(before, fresh.key) == null) {
                difference.at(fresh.key, null, fresh.value);
            }
        }
    }

    private static <K, V> @Nullable Entry<K, V> find(@Nullable Entry<K, V> first, K key) {
        Entry<K, V> at = first;
        while (at != null && !at.key.equals(key)) {
            at = at.next;
        }
        return at;
    }

    /// The same chain if the key is not in it; otherwise what stood before it is copied.
    private static <K, V> @Nullable Entry<K, V> without(@Nullable Entry<K, V> first, K key) {
        Entry<K, V> found = find(first, key);
        if (found == null) {
            return first;
        }
        Entry<K, V> rest = found.next;
        for (Entry<K, V> at = first; at != null && at != found; at = at.next) {
            rest = new Entry<>(at.key, at.value, rest);
        }
        return rest;
    }

    private SharedMap<K, V> fitted() {
        if (size > bucketCount) {
            return inBuckets(bucketCount * 2);
        }
        return bucketCount > FEWEST_BUCKETS && size < bucketCount / 8
                ? inBuckets(bucketCount / 2)
                : this;
    }

    @SuppressWarnings("unchecked") // the array is filled here
    private SharedMap<K, V> inBuckets(int count) {
        @Nullable Object[] heads = new Object[count];
        forEach((key, value) -> {
            int bucket = bucket(key.hashCode(), count);
            heads[bucket] = new Entry<>(key, value, (Entry<K, V>) heads[bucket]);
        });
        return new SharedMap<>(SharedArray.of(heads), count, size);
    }

    /// Hash codes of records differ in few bits, and the upper ones should count.
    private static int bucket(int hashCode, int count) {
        int mixed = hashCode * 0x9E3779B9;
        return (mixed ^ mixed >>> 16) & count - 1;
    }
}
