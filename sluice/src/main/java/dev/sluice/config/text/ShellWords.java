package dev.sluice.config.text;

import java.util.ArrayList;
import java.util.List;

/// Words as a shell splits them: single and double quotes and backslashes, and nothing else of a
/// shell. In a shell's single quotes a backslash stands for itself.
///
/// @param isComplete whether all quotes had an end; without one they reach to the end
public record ShellWords(List<String> words, boolean isComplete) {

    public static ShellWords split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && Text.isBlank(c)) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                inWord = false;
                continue;
            }
            inWord = true;
            if (c == quote) {
                quote = 0;
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
                i = escape(text, i + 1, word);
            } else {
                word.append(c);
            }
        }
        if (inWord) {
            words.add(word.toString());
        }
        return new ShellWords(List.copyOf(words), quote == 0);
    }

    /// @param at of what follows the backslash
    /// @return of the last character that belongs to it
    private static int escape(String text, int at, StringBuilder word) {
        char c = text.charAt(at);
        int simple = "abEfnrtv".indexOf(c);
        if (simple >= 0) {
            word.append("\007\b\033\f\n\r\t\013".charAt(simple));
            return at;
        }
        if (c == 'c' && at + 1 < text.length()) {
            word.append((char) (text.charAt(at + 1) & 0x1f));
            return at + 1;
        }
        int radix = c == 'x' ? 16 : 8;
        int start = c == 'x' ? at + 1 : at;
        int digits = c == 'x' ? 2 : 3;
        int end = start;
        while (end < text.length()
                && end - start < digits
                && Character.digit(text.charAt(end), radix) >= 0) {
            end++;
        }
        if (end == start) {
            word.append(c);
            return at;
        }
        word.append((char) Integer.parseInt(text.substring(start, end), radix));
        return end - 1;
    }
}
