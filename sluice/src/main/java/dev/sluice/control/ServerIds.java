package dev.sluice.control;

import org.jspecify.annotations.Nullable;

/// Which ids are free, an immutable stack: the one given back last goes first.
///
/// @param unused no id from here on was ever taken
record ServerIds(@Nullable GivenBack givenBack, int unused) {

    static final ServerIds ALL = new ServerIds(null, 0);

    private record GivenBack(int id, @Nullable GivenBack next) {}

    /// The id that [#taken] takes.
    int next() {
        return givenBack == null ? unused : givenBack.id;
    }

    ServerIds taken() {
        return givenBack == null
                ? new ServerIds(null, unused + 1)
                : new ServerIds(givenBack.next, unused);
    }

    ServerIds with(int id) {
        return new ServerIds(new GivenBack(id, givenBack), unused);
    }
}
