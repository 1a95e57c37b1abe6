package dev.sluice.lab.bench;

/// Something measured: a line of the report.
///
/// @param label what it is, in the user's words
/// @param unit of the values
/// @param digits after the decimal point
/// @param moreIsBetter or less is
record Figure(String label, String unit, int digits, boolean moreIsBetter) {

    static Figure more(String label, String unit, int digits) {
        return new Figure(label, unit, digits, true);
    }

    static Figure less(String label, String unit, int digits) {
        return new Figure(label, unit, digits, false);
    }

    String format(double value) {
        return String.format("%." + digits + "f", value);
    }
}
