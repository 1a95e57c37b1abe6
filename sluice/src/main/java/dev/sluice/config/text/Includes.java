package dev.sluice.config.text;

import org.jspecify.annotations.Nullable;

/// How much an `include` insists.
///
/// @param readable what matches must be readable
/// @param match something must match a name without wildcards
/// @param wildcards and a pattern with them
/// @param eachAlternative and every alternative of `{a,b}`
record Includes(boolean readable, boolean match, boolean wildcards, boolean eachAlternative) {

    static final Includes LENIENT = new Includes(false, false, false, false);

    /// Reads a notation of the table.
    ///
    /// @return null if the word is no such directive
    static @Nullable Includes of(String directive) {
        return switch (directive) {
            case "include" -> LENIENT;
            case "includer" -> new Includes(true, false, false, false);
            case "includem" -> new Includes(true, true, false, false);
            case "includew" -> new Includes(true, true, true, false);
            case "includeb" -> new Includes(true, true, false, true);
            case "includea" -> new Includes(true, true, true, true);
            default -> null;
        };
    }

    /// What a word of `include_check` makes of it.
    Includes with(String option) {
        boolean on = !option.startsWith("-");
        return switch (option.replaceFirst("^[+-]", "")) {
            case "readable" -> new Includes(on, match, wildcards, eachAlternative);
            case "match" -> new Includes(readable, on, wildcards, eachAlternative);
            case "wildcard_match" -> new Includes(readable, match, on, eachAlternative);
            case "brace_match" -> new Includes(readable, match, wildcards, on);
            default -> this;
        };
    }
}
