package dev.sluice.testing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Counts what a fuzz test has met of an enum, so that it cannot quietly become blind: in the end
/// every constant must have occurred.
public final class Met<E extends Enum<E>> {

    private final E[] all;
    private final long[] counts;

    public Met(Class<E> type) {
        all = type.getEnumConstants();
        counts = new long[all.length];
    }

    public void add(E met) {
        add(met, 1);
    }

    public void add(E met, long times) {
        counts[met.ordinal()] += times;
    }

    public long count(E constant) {
        return counts[constant.ordinal()];
    }

    public long sum() {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }

    /// All but those that cannot occur, which must not.
    public void assertAll(Collection<E> impossible) {
        List<E> wrong = new ArrayList<>();
        for (E constant : all) {
            if ((count(constant) == 0) != impossible.contains(constant)) {
                wrong.add(constant);
            }
        }
        if (!wrong.isEmpty()) {
            throw new AssertionError(wrong + " should have been met, or should not: " + this);
        }
    }

    /// `A 3, B 0`.
    @Override
    public String toString() {
        List<String> texts = new ArrayList<>();
        for (E constant : all) {
            texts.add(constant + " " + count(constant));
        }
        return String.join(", ", texts);
    }
}
