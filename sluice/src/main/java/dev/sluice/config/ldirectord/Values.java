package dev.sluice.config.ldirectord;

import dev.sluice.config.text.Problems;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the values that many keywords have in common, as leniently as ldirectord: of a number it
/// takes the first digits, of a word what looks like one.
final class Values {

    static final Set<String> MAIL_STATES =
            Set.of("all", "none", "starting", "running", "stopping", "reloading");

    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    /// The longest time that is believed, about 68 years.
    private static final long MOST = Integer.MAX_VALUE;

    private final Problems problems;

    Values(Problems problems) {
        this.problems = problems;
    }

    void error(Entry entry, String text, String hint) {
        problems.error(entry.place(), "`%s`: %s".formatted(entry.key(), text), hint);
    }

    void warning(Entry entry, String text, String hint) {
        problems.warning(entry.place(), "`%s`: %s".formatted(entry.key(), text), hint);
    }

    /// At least 1; null after a complaint.
    @Nullable Integer positive(Entry entry) {
        Integer number = digits(entry);
        if (number == null || number == 0) {
            error(
                    entry,
                    "`%s` is no number above 0".formatted(entry.value()),
                    "write: %s = 5".formatted(entry.key()));
            return null;
        }
        return number;
    }

    @Nullable Duration seconds(Entry entry) {
        Integer number = positive(entry);
        return number == null ? null : Duration.ofSeconds(number);
    }

    /// From 0, with its digits at the beginning.
    @Nullable Integer natural(Entry entry) {
        Matcher digits = DIGITS.matcher(entry.value());
        if (!digits.lookingAt()) {
            error(
                    entry,
                    "`%s` is no number".formatted(entry.value()),
                    "write: %s = 60".formatted(entry.key()));
            return null;
        }
        return clamped(digits.group());
    }

    /// The first digits, wherever they are.
    @Nullable Integer digits(Entry entry) {
        Matcher digits = DIGITS.matcher(entry.value());
        if (!digits.find()) {
            return null;
        }
        if (!digits.group().equals(entry.value())) {
            warning(
                    entry,
                    "of `%s`, %s is taken".formatted(entry.value(), digits.group()),
                    "write the number alone");
        }
        return clamped(digits.group());
    }

    static int clamped(String digits) {
        return digits.length() > 10 ? (int) MOST : (int) Math.min(MOST, Long.parseLong(digits));
    }

    @Nullable Boolean yesOrNo(Entry entry) {
        return switch (entry.value() + entry.trailing()) {
            case "yes" -> true;
            case "no" -> false;
            default -> {
                error(
                        entry,
                        "`%s` is neither yes nor no".formatted(entry.value()),
                        "nothing may follow, neither a blank nor a comment");
                yield null;
            }
        };
    }

    /// What is between the first quote and the last; null after a complaint.
    @Nullable String quoted(Entry entry) {
        int last = entry.value().lastIndexOf('"');
        if (last < 1 || entry.value().charAt(0) != '"') {
            error(
                    entry,
                    "the value is not in double quotes",
                    "write: %s = \"%s\"".formatted(entry.key(), entry.value().replace("\"", "")));
            return null;
        }
        return entry.value().substring(1, last);
    }

    /// Quoted, and not empty.
    @Nullable String quotedText(Entry entry) {
        String text = quoted(entry);
        if (text != null && text.isEmpty()) {
            error(entry, "the value is empty", "leave the line out");
            return null;
        }
        return text;
    }

    /// With or without quotes.
    static String unquoted(String value) {
        String text = value.startsWith("\"") ? value.substring(1) : value;
        return text.endsWith("\"") ? text.substring(0, text.length() - 1) : text;
    }

    /// With or without quotes, and not empty.
    @Nullable String text(Entry entry) {
        String text = unquoted(entry.value());
        if (text.isEmpty()) {
            error(entry, "the value is missing", "leave the line out");
            return null;
        }
        return text;
    }

    @Nullable List<String> recipients(Entry entry) {
        String text = text(entry);
        return text == null
                ? null
                : List.of(text.split("[\\s,]+", -1)).stream()
                        .filter(word -> !word.isEmpty())
                        .toList();
    }

    @Nullable List<String> mailStates(Entry entry) {
        List<String> states = new ArrayList<>();
        for (String word : entry.value().split("[\\s,]+", -1)) {
            if (word.isEmpty()) {
                continue;
            }
            if (!MAIL_STATES.contains(word)) {
                error(
                        entry,
                        "`%s` is no state".formatted(word),
                        "all, none, or of starting, running, stopping, reloading");
                return null;
            }
            states.add(word);
        }
        if (states.contains("none") && states.size() > 1) {
            error(entry, "`none` together with others", "write none alone, or leave it out");
            return null;
        }
        return states.contains("none")
                ? List.of()
                : states.contains("all") || states.isEmpty()
                        ? List.of("starting", "running", "stopping", "reloading")
                        : states;
    }

    @Nullable String mailServer(Entry entry) {
        Matcher name = Pattern.compile("[0-9A-Za-z._+-]+").matcher(entry.value());
        if (!name.lookingAt()) {
            error(
                    entry,
                    "`%s` is no name or address of a mail server".formatted(entry.value()),
                    "write it without quotes");
            return null;
        }
        return name.group();
    }

    /// A value, or what there was before it.
    static <T extends @Nullable Object> T or(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }
}
