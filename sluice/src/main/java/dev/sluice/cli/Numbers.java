package dev.sluice.cli;

/// Numbers in the columns of `--stats` and `--rate` (ipvsadm.md §9).
final class Numbers {

    private Numbers() {}

    /// Right-aligned in nine columns, from 100,000,000 on in thousands, millions and so on.
    static String shortened(long value) {
        if (value < 100_000_000L) {
            return Columns.right(value, 9);
        }
        if (value < 1_000_000_000L) {
            return Columns.right(value / 1_000, 8) + "K";
        }
        if (value < 100_000_000_000L) {
            return Columns.right(value / 1_000_000, 8) + "M";
        }
        if (value < 100_000_000_000_000L) {
            return Columns.right(value / 1_000_000_000, 8) + "G";
        }
        return Columns.right(value / 1_000_000_000_000L, 8) + "T";
    }

    /// In full: a blank, and eight columns or as many as it takes.
    static String exact(long value) {
        return " " + Columns.right(value, 8);
    }
}
