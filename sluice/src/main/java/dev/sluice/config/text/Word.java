package dev.sluice.config.text;

/// A word of a statement, without the quotes that it may have had.
public record Word(Place place, String text) {

    @Override
    public String toString() {
        return text;
    }
}
