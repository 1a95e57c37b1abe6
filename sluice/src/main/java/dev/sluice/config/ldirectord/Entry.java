package dev.sluice.config.ldirectord;

import dev.sluice.config.text.Place;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One `key = value`, or a bare key.
///
/// @param place of the key
/// @param value without blanks around it; empty for a bare key
/// @param trailing the blanks after the value, in front of a comment or the end of the line
record Entry(Place place, String key, String value, boolean hasValue, String trailing) {

    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z0-9_-]+)\\s*=\\s*(.*)");

    /// In a section a `#` begins a comment wherever it stands, in quotes too; elsewhere it does
    /// not.
    static Entry of(String file, int line, String text, boolean isInSection) {
        int comment = isInSection ? text.indexOf('#') : -1;
        String bare = comment < 0 ? text : text.substring(0, comment);
        String stripped = bare.strip();
        Place place = new Place(file, line, bare.indexOf(stripped) + 1);
        String trailing = bare.substring(bare.stripTrailing().length());
        Matcher assignment = ASSIGNMENT.matcher(stripped);
        return assignment.matches()
                ? new Entry(place, assignment.group(1), assignment.group(2), true, trailing)
                : new Entry(place, stripped, "", false, trailing);
    }
}
