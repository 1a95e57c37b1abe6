package dev.sluice.config.grammar;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// What one word must look like.
///
/// @param name as the table writes it
/// @param complaint of a word: what is wrong with it, empty if nothing is
record Type(String name, UnaryOperator<String> complaint) {

    private static final String FINE = "";

    /// `1..255`, `0..`, `0.25..10s`: with an `s`, seconds that may have six decimal places.
    private static final Pattern RANGE =
            Pattern.compile("(-?[0-9.]*[0-9])\\.\\.(-?[0-9.]*[0-9])?(s?)");

    private static final Map<String, Type> NAMED = new TreeMap<>();

    static {
        named("TEXT", _ -> FINE);
        named("NAME", _ -> FINE);
        named("PATH", _ -> FINE);
        // Split in their own way: see Form.
        named("SCRIPT", _ -> FINE);
        named("COMMAND", _ -> FINE);
        named("IF", Type::interfaceName);
        named("BOOL", word -> booleans(word) == null ? "is not on or off" : FINE);
        named("ADDRESS", word -> address(word) == null ? "is no IP address" : FINE);
        named("PREFIX", word -> prefix(word, false));
        named("NETWORK", word -> prefix(word, true));
        named("MULTICAST4", word -> multicast(word, false));
        named("MULTICAST6", word -> multicast(word, true));
        named("PORT", range("1..65535"));
        named("NUMBER", word -> unsigned(word) ? FINE : "is not a number");
        named("MAC", matching("([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", "is no MAC address"));
        named("LABEL", matching(".{1,15}", "is longer than the 15 characters of a label"));
        named(
                "BROADCAST",
                word ->
                        "+-".contains(word) || address(word) != null
                                ? FINE
                                : "is no address, + or -");
        named(
                "SCOPE",
                matching(
                        "global|site|link|host|nowhere|[0-9]{1,3}",
                        "is no scope (global, site, link, host, nowhere or a number)"));
        named(
                "LIFETIME",
                word ->
                        word.equals("forever") || unsigned(word)
                                ? FINE
                                : "is neither forever nor a number of seconds");
        named(
                "MARK",
                word ->
                        Arrays.stream(word.split("/", 2)).allMatch(Type::unsigned)
                                ? FINE
                                : "is no mark");
        named("MASK", Type::mask);
        named("HEX", matching("([0-9a-fA-F]{1,2} *)+", "is not hexadecimal"));
        named("HEXPATTERN", matching("([0-9a-fA-FxX]{1,2} *)+", "is neither hexadecimal nor X"));
        named("DIGEST", Type::digest);
        named("STATUS", Type::status);
        named("REGEX", Type::regex);
    }

    private static void named(String name, UnaryOperator<String> complaint) {
        NAMED.put(name, new Type(name, complaint));
    }

    /// Reads a notation of the table.
    ///
    /// @return null if the notation is that of words which are meant literally
    static @Nullable Type of(String notation) {
        Type named = NAMED.get(notation);
        if (named != null) {
            return named;
        }
        return RANGE.matcher(notation).matches() ? new Type(notation, range(notation)) : null;
    }

    /// One of `A|B|C`.
    static Type choice(String notation) {
        List<String> words = List.of(notation.split("\\|"));
        return new Type(
                notation,
                word -> words.contains(word) ? FINE : "is none of " + String.join(", ", words));
    }

    private static UnaryOperator<String> matching(String regex, String complaint) {
        Pattern pattern = Pattern.compile(regex);
        return word -> pattern.matcher(word).matches() ? FINE : complaint;
    }

    private static UnaryOperator<String> range(String notation) {
        Matcher range = RANGE.matcher(notation);
        if (!range.matches()) {
            throw new IllegalArgumentException(notation);
        }
        BigDecimal least = new BigDecimal(range.group(1));
        @Nullable BigDecimal most = range.group(2) == null ? null : new BigDecimal(range.group(2));
        boolean seconds = !range.group(3).isEmpty();
        Pattern digits =
                Pattern.compile(
                        seconds ? "[+-]?([0-9]{1,18}(\\.[0-9]*)?|\\.[0-9]+)" : "[+-]?[0-9]{1,18}");
        String limits =
                most == null
                        ? "is less than " + least.toPlainString()
                        : "is outside %s to %s"
                                .formatted(least.toPlainString(), most.toPlainString());
        String unit = seconds ? " seconds" : "";
        return word -> {
            if (!digits.matcher(word).matches()) {
                return seconds ? "is not a number of seconds" : "is not a number";
            }
            BigDecimal value = new BigDecimal(word);
            boolean within =
                    value.compareTo(least) >= 0 && (most == null || value.compareTo(most) <= 0);
            return within ? FINE : limits + unit;
        };
    }

    static @Nullable Boolean booleans(String word) {
        return switch (word) {
            case "on", "true", "yes" -> Boolean.TRUE;
            case "off", "false", "no" -> Boolean.FALSE;
            default -> null;
        };
    }

    static @Nullable Address address(String word) {
        try {
            return Address.parse(word);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static boolean unsigned(String word) {
        try {
            return Long.decode(word) >= 0 && Long.decode(word) >>> 32 == 0;
        } catch (NumberFormatException _) {
            return false;
        }
    }

    private static String interfaceName(String word) {
        boolean fits = word.length() <= 15 && !word.contains("/") && !word.isBlank();
        return fits ? FINE : "is no name of an interface (at most 15 characters, no slash)";
    }

    private static String prefix(String word, boolean mayBeDefault) {
        if (mayBeDefault && word.matches("default|default6|any|all")) {
            return FINE;
        }
        String[] parts = word.split("/", 2);
        Address address = address(parts[0]);
        if (address == null) {
            return "is no IP address";
        }
        // A length beyond the address's bits is corrected by the reader, as in keepalived.
        return parts.length == 1 || parts[1].matches("[0-9]{1,3}")
                ? FINE
                : "has no prefix length after its slash";
    }

    private static String multicast(String word, boolean isIpv6) {
        Address address = address(word);
        if (address == null || address.isIpv6() != isIpv6) {
            return "is no IPv" + (isIpv6 ? 6 : 4) + " address";
        }
        boolean multicast = isIpv6 ? address.high() >>> 56 == 0xff : address.low() >>> 28 == 0xe;
        return multicast ? FINE : "is not a multicast address";
    }

    private static String mask(String word) {
        Address address = address(word);
        if (address == null || address.isIpv6()) {
            return range("1..128").apply(word).isEmpty()
                    ? FINE
                    : "is neither an IPv4 mask nor an IPv6 prefix length";
        }
        int inverted = ~(int) address.low();
        return (inverted & inverted + 1) == 0 && address.low() != 0 ? FINE : "has gaps in its bits";
    }

    private static String digest(String word) {
        if (word.length() != 32) {
            return "has " + word.length() + " characters; an MD5 digest has 32";
        }
        return word.matches("[0-9a-fA-F]*") ? FINE : "is not hexadecimal";
    }

    private static String status(String word) {
        Matcher range = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?").matcher(word);
        if (!range.matches()) {
            return "is no status 100 to 599, nor a range of them";
        }
        return range.group(2) == null || range.group(1).compareTo(range.group(2)) <= 0
                ? FINE
                : "ends before it begins";
    }

    private static String regex(String word) {
        try {
            Pattern.compile(word);
            return FINE;
        } catch (PatternSyntaxException e) {
            return "is no regular expression: " + e.getDescription().toLowerCase(Locale.ROOT);
        }
    }
}
