package dev.sluice.director;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A counter for each constant of an enum. One thread writes; anybody may read, and sees numbers a
/// few packets old, never torn.
public final class Counts<E extends Enum<E>> {

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] cells;

    public Counts(Class<E> kind) {
        cells = new long[kind.getEnumConstants().length];
    }

    /// The writer's: one more.
    public void count(E what) {
        int cell = what.ordinal();
        CELL.setOpaque(cells, cell, cells[cell] + 1);
    }

    public long of(E what) {
        return (long) CELL.getOpaque(cells, what.ordinal());
    }
}
