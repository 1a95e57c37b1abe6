package dev.sluice.config.text;

/// Where something stands.
///
/// @param line from 1; 0 when the whole file is meant
/// @param column from 1; 0 when it is not known, since the line came about by substitution
public record Place(String file, int line, int column) {

    /// The line as such.
    public Place(String file, int line) {
        this(file, line, 0);
    }

    public static Place of(String file) {
        return new Place(file, 0, 0);
    }

    /// `keepalived.conf:12:5`, as compilers print it.
    @Override
    public String toString() {
        return file + (line == 0 ? "" : ":" + line) + (column == 0 ? "" : ":" + column);
    }
}
