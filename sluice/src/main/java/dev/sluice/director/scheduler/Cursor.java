package dev.sluice.director.scheduler;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;

/// Where a scheduler's turns stand in one list of servers: one atomic word, which all workers
/// share. The cursor of an edited list begins where its predecessor stands when the first pick is
/// made by the new list; until then neither knows of the other's moves, and a list that is never
/// used has changed nothing.
final class Cursor {

    /// No scheduler's word.
    private static final long UNSET = Long.MIN_VALUE;

    /// What a cursor begins from.
    private record Origin(Cursor cursor, LongUnaryOperator step) {}

    private final AtomicLong word;
    private volatile @Nullable Origin origin;

    private Cursor(long word, @Nullable Origin origin) {
        this.word = new AtomicLong(word);
        this.origin = origin;
    }

    /// A cursor without a predecessor.
    static Cursor at(long word) {
        return new Cursor(word, null);
    }

    /// The cursor after a change.
    ///
    /// @param step from where this cursor stands to where the new one begins
    Cursor next(LongUnaryOperator step) {
        return new Cursor(UNSET, new Origin(this, step));
    }

    long read() {
        settle();
        return word.get();
    }

    /// False if another worker has moved it meanwhile.
    boolean move(long from, long to) {
        return word.compareAndSet(from, to);
    }

    /// Takes over from the predecessor, unless that has happened.
    void settle() {
        if (origin != null) {
            long begin = peek();
            // Another worker may have been faster.
            word.compareAndSet(UNSET, begin);
            origin = null;
        }
    }

    /// Where [#read] would find it. Changes nothing. There may be many predecessors that were never
    /// used: edits that were published together, or while no client came.
    long peek() {
        Deque<LongUnaryOperator> steps = new ArrayDeque<>();
        Cursor at = this;
        for (Origin from = at.origin; from != null; from = at.origin) {
            steps.push(from.step());
            at = from.cursor();
        }
        long position = at.word.get();
        for (LongUnaryOperator step : steps) {
            position = step.applyAsLong(position);
        }
        return position;
    }
}
