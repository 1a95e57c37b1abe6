package dev.sluice.config.ldirectord;

import org.jspecify.annotations.Nullable;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A host and a port as they were written, neither looked at yet.
///
/// @param host without brackets
/// @param port empty: none
record HostPort(String host, String port, boolean isBracketed) {

    private static final Pattern FORM =
            Pattern.compile("(?:\\[([^\\]]*)\\]|([^\\[\\]:]*))(?::([^:]+))?");

    /// Both ends of a text.
    ///
    /// @return null when it is neither `host`, `host:port` nor the same with brackets
    static @Nullable HostPort parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return null;
        }
        String bracketed = form.group(1);
        String port = form.group(3) == null ? "" : form.group(3);
        return bracketed != null
                ? new HostPort(bracketed, port, true)
                : new HostPort(form.group(2), port, false);
    }
}
