package dev.sluice.snapshot;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// An immutable array of any length whose places are null until they are set.
///
/// ```
///  spine   [ 0 | 1 | 2 | … ]          one reference for 256 elements
///            │   │
///  chunks    ▼   ▼
///          [256][256] …               the first is shorter while it is the only one
/// ```
///
/// [#with] copies one chunk and the spine: with 100,000 elements 2.6 KB, a fifth of a microsecond.
/// [#get] is two loads, without a loop: packets ask this way. A tree of narrower nodes would copy
/// less and ask longer.
// Whether two snapshots share a part is a question about objects, not about values.
@SuppressWarnings("ReferenceEquality")
public final class SharedArray<T> {

    private static final int CHUNK_BITS = 8;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int SMALLEST_CHUNK = 4;

    private static final @Nullable Object[] NO_CHUNK = {};
    private static final SharedArray<?> EMPTY = new SharedArray<>(new Object[0][]);

    private final @Nullable Object[][] spine;

    private SharedArray(@Nullable Object[][] spine) {
        this.spine = spine;
    }

    /// One without elements.
    @SuppressWarnings("unchecked") // it holds none of any type
    public static <T> SharedArray<T> empty() {
        return (SharedArray<T>) EMPTY;
    }

    /// The elements of an array, which is copied.
    static <T> SharedArray<T> of(@Nullable Object[] elements) {
        @Nullable Object[][] spine = new Object[(elements.length + CHUNK - 1) / CHUNK][];
        for (int i = 0; i < spine.length; i++) {
            int from = i * CHUNK;
            spine[i] = Arrays.copyOfRange(elements, from, Math.min(from + CHUNK, elements.length));
        }
        return new SharedArray<>(spine);
    }

    /// The element at an index, or null; also outside of what was ever set.
    @SuppressWarnings("unchecked") // only elements of type T get in
    public @Nullable T get(int index) {
        int i = index >>> CHUNK_BITS;
        if (i >= spine.length) {
            return null;
        }
        @Nullable Object[] chunk = spine[i];
        int at = index & CHUNK - 1;
        return at < chunk.length ? (T) chunk[at] : null;
    }

    /// Every element's index is below this.
    public int limit() {
        return spine.length == 0 ? 0 : (spine.length - 1) * CHUNK + spine[spine.length - 1].length;
    }

    /// This array with another element, or none, at an index of at least 0.
    public SharedArray<T> with(int index, @Nullable T element) {
        if (get(index) == element) {
            return this;
        }
        int i = index >>> CHUNK_BITS;
        int at = index & CHUNK - 1;
        @Nullable Object[][] newSpine = Arrays.copyOf(spine, Math.max(i + 1, spine.length));
        for (int fresh = spine.length; fresh <= i; fresh++) {
            newSpine[fresh] = NO_CHUNK;
        }
        int length = Math.max(newSpine[i].length, SMALLEST_CHUNK);
        while (length <= at) {
            length *= 2;
        }
        @Nullable Object[] chunk = Arrays.copyOf(newSpine[i], length);
        chunk[at] = element;
        newSpine[i] = chunk;
        return new SharedArray<>(newSpine);
    }

    /// Told what stands at an index before and after.
    @FunctionalInterface
    public interface Difference<T> {
        void at(int index, @Nullable T before, @Nullable T after);
    }

    /// Shows each place that does not hold the same object in both. Chunks that both share are not
    /// looked at.
    public static <T> void differences(
            SharedArray<T> before, SharedArray<T> after, Difference<T> difference) {
        int chunks = Math.max(before.spine.length, after.spine.length);
        for (int i = 0; i < chunks; i++) {
            if (before.chunk(i) == after.chunk(i)) {
                continue;
            }
            int from = i * CHUNK;
            int to = from + Math.max(before.chunk(i).length, after.chunk(i).length);
            for (int index = from; index < to; index++) {
                T old = before.get(index);
                T fresh = after.get(index);
                if (old != fresh) {
                    difference.at(index, old, fresh);
                }
            }
        }
    }

    private @Nullable Object[] chunk(int i) {
        return i < spine.length ? spine[i] : NO_CHUNK;
    }
}
