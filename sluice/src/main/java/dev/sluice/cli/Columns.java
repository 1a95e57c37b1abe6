package dev.sluice.cli;

/// Text in columns; what is too long pushes the rest to the right.
final class Columns {

    private Columns() {}

    static String left(String text, int width) {
        return text.length() >= width ? text : text + " ".repeat(width - text.length());
    }

    static String left(long number, int width) {
        return left(Long.toString(number), width);
    }

    static String right(long number, int width) {
        String text = Long.toString(number);
        return text.length() >= width ? text : " ".repeat(width - text.length()) + text;
    }
}
