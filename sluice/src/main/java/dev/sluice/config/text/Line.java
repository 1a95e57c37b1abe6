package dev.sluice.config.text;

/// A line after everything that changes text: what is left are words, quotes and braces.
///
/// @param columnOffset what to add to an index in `text` to get its column in the file; -1 when
///   there is no such thing, since something was substituted
record Line(Place place, String text, int columnOffset, boolean isConditional) {

    Place at(int index) {
        return columnOffset < 0
                ? place
                : new Place(place.file(), place.line(), index + columnOffset + 1);
    }
}
