package dev.sluice.cli;

import org.jspecify.annotations.Nullable;

/// Numbers as the command line takes them: leading blanks, one sign and leading zeros are fine,
/// anything behind the last digit is not.
final class Decimal {

    private Decimal() {}

    /// The number, or null when the word is none or out of range.
    ///
    /// @param minimum at least 0
    static @Nullable Long parse(String word, long minimum, long maximum) {
        int index = 0;
        while (index < word.length() && isBlank(word.charAt(index))) {
            index++;
        }
        boolean negative = index < word.length() && word.charAt(index) == '-';
        if (negative || index < word.length() && word.charAt(index) == '+') {
            index++;
        }
        if (index == word.length()) {
            return null;
        }
        long value = 0;
        for (; index < word.length(); index++) {
            char digit = word.charAt(index);
            if (digit < '0' || digit > '9') {
                return null;
            }
            value = 10 * value + digit - '0';
            if (value > maximum) {
                return null;
            }
        }
        return value < minimum || negative && value != 0 ? null : value;
    }

    /// What C calls space.
    static boolean isBlank(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }
}
