package dev.sluice.config.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/// Shell patterns of file names: `*`, `?`, `[a-z]`, `[!a-z]`, `\` and, before all, `{a,b}`. As in a
/// shell, no wildcard matches a slash, nor a dot at the beginning of a name.
final class Glob {

    /// More alternatives than anybody writes.
    private static final int MAXIMUM_ALTERNATIVES = 10_000;

    private Glob() {}

    static boolean hasWildcard(String pattern) {
        return pattern.chars().anyMatch(c -> c == '*' || c == '?' || c == '[');
    }

    /// `{a,b}/c` is `a/c` and `b/c`. Braces nest; those without a partner stand for themselves.
    static List<String> alternatives(String pattern) {
        List<String> found = new ArrayList<>();
        expand("", pattern, found);
        return found;
    }

    private static void expand(String done, String rest, List<String> found) {
        int open = rest.indexOf('{');
        int close = open < 0 ? -1 : partner(rest, open);
        if (close < 0 || found.size() >= MAXIMUM_ALTERNATIVES) {
            found.add(done + rest);
            return;
        }
        String before = rest.substring(0, open);
        String after = rest.substring(close + 1);
        for (String each : split(rest.substring(open + 1, close))) {
            // An alternative may have braces of its own.
            expand(done + before, each + after, found);
        }
    }

    private static int partner(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        return -1;
    }

    private static List<String> split(String list) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (c == ',' && depth == 0) {
                parts.add(list.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(list.substring(start));
        return parts;
    }

    /// The paths that match, sorted; a pattern without wildcards is its own match, whether it is
    /// there or not.
    static List<String> matches(String pattern, ConfigurationFiles files) {
        if (!hasWildcard(pattern)) {
            return List.of(pattern);
        }
        List<String> paths = List.of(pattern.startsWith("/") ? "/" : "");
        for (String part : Stream.of(pattern.split("/")).filter(p -> !p.isEmpty()).toList()) {
            List<String> longer = new ArrayList<>();
            for (String path : paths) {
                if (!hasWildcard(part)) {
                    longer.add(join(path, part));
                    continue;
                }
                Pattern names = regex(part);
                for (String name : files.names(path.isEmpty() ? "." : path)) {
                    boolean hidden = name.startsWith(".") && !part.startsWith(".");
                    if (!hidden && names.matcher(name).matches()) {
                        longer.add(join(path, name));
                    }
                }
            }
            paths = longer;
        }
        // `*/a.conf` names a file in each folder, there or not.
        return paths.stream()
                .filter(path -> !(files.read(path) instanceof ConfigurationFiles.Missing))
                .sorted()
                .toList();
    }

    private static String join(String folder, String name) {
        return folder.isEmpty() || folder.endsWith("/") ? folder + name : folder + "/" + name;
    }

    private static Pattern regex(String part) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            int close = c == '[' ? part.indexOf(']', i + 2) : -1;
            if (c == '*') {
                regex.append(".*");
            } else if (c == '?') {
                regex.append('.');
            } else if (close > 0) {
                boolean not = part.charAt(i + 1) == '!' || part.charAt(i + 1) == '^';
                String set = part.substring(i + (not ? 2 : 1), close);
                regex.append(not ? "[^" : "[")
                        .append(set.replaceAll("([\\\\\\[\\]&^])", "\\\\$1"))
                        .append(']');
                i = close;
            } else if (c == '\\' && i + 1 < part.length()) {
                regex.append(Pattern.quote(part.substring(++i, i + 1)));
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL);
        } catch (PatternSyntaxException _) {
            // A range that ends before it begins: it matches itself, as in a shell.
            return Pattern.compile(Pattern.quote(part), Pattern.DOTALL);
        }
    }
}
