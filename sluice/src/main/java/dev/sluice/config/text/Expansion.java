package dev.sluice.config.text;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Everything that changes text before it is understood, line by line and in keepalived's order:
///
/// 1. comments go, and white space at both ends
/// 2. `include` reads other files, here and now
/// 3. `@id rest` is kept on the machine that has this id, `@^id rest` on all others
/// 4. `$NAME=value` defines; a `\` at the end continues the value on the next line
/// 5. `~SEQ(…) rest` and `~LST(…) rest` repeat the rest
/// 6. `${NAME}` and `$NAME` are replaced, until nothing changes
///
/// A value is kept as it was written and resolved where it is used. A value of several lines is
/// processed from step 3 as if it had been typed there, and what is wrong with it is reported for
/// the line that uses it.
final class Expansion {

    /// keepalived's own limit.
    private static final int MAXIMUM_LINE = 1024;

    /// Bounds for what text can blow up to: more than any configuration that would still be read.
    private static final int MAXIMUM_LINES = 2_000_000;

    private static final int MAXIMUM_EXPANDED_LINE = 10_000;
    private static final int MAXIMUM_REPLACEMENTS = 1000;
    private static final int MAXIMUM_DEPTH = 60;

    private static final Pattern DEFINITION =
            Pattern.compile("\\$([A-Za-z_][A-Za-z0-9_]*)=(.*)", Pattern.DOTALL);
    private static final Pattern REFERENCE =
            Pattern.compile(
                    "\\$\\{(?<braced>_RANDOM(?:[ \\t]+-?[0-9]+){0,2}|[A-Za-z_][A-Za-z0-9_]*)\\}"
                            + "|\\$(?<plain>[A-Za-z_][A-Za-z0-9_]*)(?=[ \\t,)]|$)");

    /// A definition of several lines, while it is read.
    private record Open(String name, List<String> lines, boolean isKept) {}

    private final ConfigurationFiles files;
    private final Environment environment;
    private final Problems problems;
    private final List<Line> lines = new ArrayList<>();
    private final Map<String, List<String>> definitions = new HashMap<>();
    private final Deque<String> openFiles = new ArrayDeque<>();
    private SplittableRandom random;
    private Includes ordinary = Includes.LENIENT;
    private @Nullable Open open;
    private boolean isFull;

    /// The line of the file that is being expanded turned out to have no end: what is left of it is
    /// not worth a look.
    private boolean isEndless;

    Expansion(ConfigurationFiles files, Environment environment, Problems problems) {
        this.files = files;
        this.environment = environment;
        this.problems = problems;
        random = new SplittableRandom(environment.randomSeed());
    }

    List<Line> lines() {
        return lines;
    }

    void file(String path) {
        switch (files.read(path)) {
            case ConfigurationFiles.Found(String text) -> text(path, text);
            case ConfigurationFiles.Missing() ->
                    problems.error(
                            Place.of(path),
                            "there is no such file",
                            "name the configuration with -f FILE");
            case ConfigurationFiles.Unreadable(String why) ->
                    problems.error(Place.of(path), "cannot be read: " + why);
            case ConfigurationFiles.NotConfiguration(String why) ->
                    problems.error(Place.of(path), why);
        }
    }

    private void text(String path, String text) {
        openFiles.push(path);
        int number = 0;
        // Not split all at once: a file may be long, and most of its lines are short-lived.
        for (int start = 0; start <= text.length(); ) {
            int end = text.indexOf('\n', start);
            end = end < 0 ? text.length() : end;
            line(new Place(path, ++number), text.substring(start, end));
            start = end + 1;
        }
        if (open != null) {
            problems.error(
                    new Place(path, number),
                    "the definition of $" + open.name() + " has no end",
                    "its last line must not end in a backslash");
            open = null;
        }
        openFiles.pop();
    }

    private void line(Place place, String raw) {
        if (raw.length() > MAXIMUM_LINE) {
            problems.warning(
                    place,
                    "a line of " + raw.length() + " characters; keepalived reads 1024 at most",
                    "break it up, or use a definition");
        }
        String bare = withoutComment(raw);
        String text = bare.strip();
        if (open != null) {
            continueDefinition(open, text);
            return;
        }
        if (text.isEmpty()) {
            return;
        }
        int offset = raw.length() == bare.length() || raw.startsWith(bare) ? raw.indexOf(text) : -1;
        isEndless = false;
        if (!includes(place, text)) {
            process(new Line(place, text, offset, false), 0);
        }
    }

    /// Whether the text is an `include`, which is then followed.
    private boolean includes(Place place, String text) {
        String first = text.split("[ \t]", 2)[0];
        Includes strictness = first.equals("include") ? ordinary : Includes.of(first);
        if (strictness != null) {
            include(place, text.substring(first.length()).strip(), strictness);
        }
        return strictness != null;
    }

    /// A comment begins with `#` or `!` unless double quotes or a backslash protect it. Single
    /// quotes do not.
    static String withoutComment(String raw) {
        boolean quoted = false;
        boolean escaped = false;
        StringBuilder kept = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            boolean comment = c == '#' || c == '!';
            if (comment && escaped && !quoted) {
                kept.setLength(kept.length() - 1);
            } else if (comment && !quoted) {
                break;
            }
            quoted ^= c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            kept.append(c);
        }
        return kept.toString();
    }

    private void include(Place place, String pattern, Includes strictness) {
        String quoted = pattern.replace("\"", "");
        if (quoted.isEmpty()) {
            problems.error(place, "include needs the name of a file, or a pattern");
            return;
        }
        int found = 0;
        for (String alternative : Glob.alternatives(quoted)) {
            int matches = 0;
            for (String path : Glob.matches(fromHere(alternative), files)) {
                matches += included(place, path, strictness) ? 1 : 0;
            }
            found += matches;
            if (matches == 0 && strictness.eachAlternative()) {
                problems.error(place, "nothing matches " + alternative);
            }
        }
        if (found == 0 && !strictness.eachAlternative()) {
            boolean wildcard = Glob.hasWildcard(quoted);
            if (wildcard ? strictness.wildcards() : strictness.match()) {
                problems.error(place, "nothing matches " + quoted);
            } else if (!wildcard) {
                problems.warning(
                        place,
                        "there is no file " + fromHere(quoted),
                        "the name is relative to the folder of the file that includes it");
            }
        }
    }

    /// @return whether there is something of this name
    private boolean included(Place place, String path, Includes strictness) {
        if (openFiles.contains(path) || openFiles.size() > MAXIMUM_DEPTH) {
            problems.error(place, path + " includes itself");
            return true;
        }
        switch (files.read(path)) {
            case ConfigurationFiles.Found(String text) -> text(path, text);
            case ConfigurationFiles.Missing() -> {
                return false;
            }
            case ConfigurationFiles.Unreadable(String why) -> {
                String complaint = path + " cannot be read: " + why;
                if (strictness.readable()) {
                    problems.error(place, complaint);
                } else {
                    problems.warning(place, complaint);
                }
            }
            case ConfigurationFiles.NotConfiguration(String why) ->
                    problems.warning(place, path + " is left out: " + why);
        }
        return true;
    }

    private String fromHere(String path) {
        String folder = folder();
        return path.startsWith("/") || folder.isEmpty() ? path : folder + "/" + path;
    }

    /// Of the file that is read, empty for the current one.
    private String folder() {
        String file = openFiles.isEmpty() ? "" : openFiles.peek();
        int slash = file.lastIndexOf('/');
        return slash < 0 ? "" : slash == 0 ? "/" : file.substring(0, slash);
    }

    /// From step 3.
    private void process(Line line, int depth) {
        if (isEndless) {
            return;
        }
        if (isFull || lines.size() >= MAXIMUM_LINES) {
            if (!isFull) {
                problems.error(
                        line.place(),
                        "the text grows beyond " + MAXIMUM_LINES + " lines here",
                        "look at the ~SEQ or $ that repeats it");
            }
            isFull = true;
            return;
        }
        if (depth > MAXIMUM_DEPTH) {
            problems.error(line.place(), "definitions refer to each other without end");
            isEndless = true;
            return;
        }
        String text = line.text();
        if (text.isEmpty()) {
            return;
        }
        if (text.charAt(0) == '@') {
            conditional(line, depth);
            return;
        }
        Matcher definition = DEFINITION.matcher(text);
        if (definition.matches()) {
            define(definition.group(1), definition.group(2), true);
            return;
        }
        if (text.startsWith("~SEQ") || text.startsWith("~LST")) {
            repeat(line, depth);
            return;
        }
        substitute(line, depth);
    }

    private void conditional(Line line, int depth) {
        String text = line.text();
        boolean not = text.startsWith("@^");
        int start = not ? 2 : 1;
        int end = start;
        while (end < text.length() && !Text.isBlank(text.charAt(end))) {
            end++;
        }
        boolean isOurs = text.substring(start, end).equals(environment.id());
        int rest = end;
        while (rest < text.length() && Text.isBlank(text.charAt(rest))) {
            rest++;
        }
        if (isOurs != not) {
            int offset = line.columnOffset() < 0 ? -1 : line.columnOffset() + rest;
            process(new Line(line.place(), text.substring(rest), offset, true), depth + 1);
            return;
        }
        // A definition that is not for us must not leave its following lines behind.
        Matcher definition = DEFINITION.matcher(text.substring(rest));
        if (definition.matches() && definition.group(2).endsWith("\\")) {
            define(definition.group(1), definition.group(2), false);
        }
    }

    private void define(String name, String value, boolean isKept) {
        if (!value.endsWith("\\")) {
            definitions.put(name, List.of(value));
            return;
        }
        open = new Open(name, new ArrayList<>(), isKept);
        String first = value.substring(0, value.length() - 1).strip();
        if (!first.isEmpty()) {
            open.lines().add(first);
        }
    }

    private void continueDefinition(Open definition, String text) {
        boolean goesOn = text.endsWith("\\");
        String value = goesOn ? text.substring(0, text.length() - 1).strip() : text;
        definition.lines().add(value);
        if (!goesOn) {
            open = null;
            if (definition.isKept()) {
                definitions.put(definition.name(), List.copyOf(definition.lines()));
            }
        }
    }

    private void substitute(Line line, int depth) {
        String text = line.text();
        boolean isOriginal = true;
        int from = 0;
        for (int replaced = 0; ; replaced++) {
            Matcher reference = REFERENCE.matcher(text);
            List<String> value = null;
            while (value == null && reference.find(from)) {
                value = value(reference);
                // What is not defined stays as it is.
                from = value == null ? reference.end() : 0;
            }
            if (value == null) {
                break;
            }
            String before = text.substring(0, reference.start());
            String after = text.substring(reference.end());
            if (value.size() > 1) {
                lines(line, before, value, after, depth);
                return;
            }
            text = before + (value.isEmpty() ? "" : value.getFirst()) + after;
            isOriginal = false;
            if (replaced > MAXIMUM_REPLACEMENTS || text.length() > MAXIMUM_EXPANDED_LINE) {
                problems.error(
                        line.place(),
                        "$" + name(reference) + " refers to itself, or grows without end");
                return;
            }
        }
        if (isOriginal) {
            emit(line);
        } else {
            Line changed = new Line(line.place(), text.strip(), -1, line.isConditional());
            if (DEFINITION.matcher(changed.text()).matches() || changed.text().startsWith("~")) {
                process(changed, depth + 1);
            } else {
                emit(changed);
            }
        }
    }

    /// A value of several lines, as if it had been typed here.
    private void lines(Line line, String before, List<String> value, String after, int depth) {
        for (int i = 0; i < value.size(); i++) {
            String text =
                    (i == 0 ? before : "") + value.get(i) + (i == value.size() - 1 ? after : "");
            if (open != null) {
                continueDefinition(open, text.strip());
            } else {
                typed(new Line(line.place(), text.strip(), -1, line.isConditional()), depth);
            }
        }
    }

    /// A line that came about by expansion can be an `include`; one behind an `@` cannot.
    private void typed(Line line, int depth) {
        Line known = line;
        if (Includes.of(line.text().split("[ \t]", 2)[0]) != null) {
            known = new Line(line.place(), resolved(line.text()), -1, line.isConditional());
        }
        if (isEndless || !includes(line.place(), known.text())) {
            process(line, depth + 1);
        }
    }

    private static String name(Matcher reference) {
        String braced = reference.group("braced");
        return braced != null ? braced : reference.group("plain");
    }

    private @Nullable List<String> value(Matcher reference) {
        String name = name(reference);
        String[] words = name.split("[ \t]+");
        return switch (words[0]) {
            case "_PWD" -> List.of(folder().isEmpty() ? "." : folder());
            case "_INSTANCE" -> List.of(environment.instance());
            case "_HASH" -> List.of("#");
            case "_BANG" -> List.of("!");
            case "_RANDOM" -> List.of(random(words));
            default -> definitions.get(name);
        };
    }

    /// `_RANDOM`, `_RANDOM min` or `_RANDOM min max`.
    private String random(String[] words) {
        long least = words.length > 1 ? number(words[1], 0) : 0;
        long most = words.length > 2 ? number(words[2], 32767) : 32767;
        return Long.toString(random.nextLong(least, Math.max(least, most) + 1));
    }

    private static long number(String text, long otherwise) {
        Long number = number(text);
        return number == null || Math.abs(number) > Integer.MAX_VALUE ? otherwise : number;
    }

    private static @Nullable Long number(String text) {
        try {
            return Long.decode(text);
        } catch (NumberFormatException _) {
            return null;
        }
    }

    private void repeat(Line line, int depth) {
        String text = line.text();
        int opening = text.indexOf('(');
        int closing = text.indexOf(')', Math.max(opening, 0));
        String kind = opening < 0 ? text : text.substring(0, opening).strip();
        if (opening < 0 || closing < 0) {
            problems.error(line.place(), kind + " needs its values in ( )", REPETITIONS);
            return;
        }
        String inside = resolved(text.substring(opening + 1, closing));
        List<Map<String, String>> rounds =
                switch (kind) {
                    case "~SEQ" -> sequence(inside, 10);
                    case "~SEQx" -> sequence(inside, 16);
                    case "~LST" -> list(inside);
                    default -> null;
                };
        if (rounds == null) {
            problems.error(
                    line.place(), "cannot make sense of " + kind + "(" + inside + ")", REPETITIONS);
            return;
        }
        String rest = text.substring(closing + 1).strip();
        for (Map<String, String> round : rounds) {
            for (String name : round.keySet()) {
                if (definitions.containsKey(name)) {
                    problems.error(
                            line.place(),
                            "$" + name + " is defined already, and cannot count as well",
                            "use another name in " + kind);
                    return;
                }
            }
            round.forEach((name, value) -> definitions.put(name, List.of(value)));
            typed(new Line(line.place(), rest, -1, line.isConditional()), depth);
            round.keySet().forEach(definitions::remove);
        }
    }

    private static final String REPETITIONS =
            "as in ~SEQ(N, 1, 10), ~SEQ(N, 10, -2, 0), ~LST(N, a, b) or ~LST({N,M}, {a,1}, {b,2})";

    /// Definitions within the parentheses of a repetition.
    private String resolved(String text) {
        String resolved = text;
        for (int i = 0;
                i < MAXIMUM_REPLACEMENTS && resolved.length() < MAXIMUM_EXPANDED_LINE;
                i++) {
            Matcher reference = REFERENCE.matcher(resolved);
            List<String> value = null;
            int from = 0;
            while (value == null && reference.find(from)) {
                value = value(reference);
                from = reference.end();
            }
            if (value == null || value.size() != 1) {
                break;
            }
            resolved =
                    resolved.substring(0, reference.start())
                            + value.getFirst()
                            + resolved.substring(reference.end());
        }
        return resolved;
    }

    /// `var, [start, [step,]] end`.
    private @Nullable List<Map<String, String>> sequence(String inside, int radix) {
        String[] parts = inside.split(",", -1);
        if (parts.length < 2 || parts.length > 4 || !parts[0].strip().matches("[A-Za-z_]\\w*")) {
            return null;
        }
        Long end = number(parts[parts.length - 1].strip());
        Long start = parts.length < 3 ? Long.valueOf(1) : number(parts[1].strip());
        if (end == null || start == null) {
            return null;
        }
        if (parts.length < 3 && end < 0) {
            start = -1L;
        }
        Long step =
                parts.length < 4 ? Long.valueOf(end < start ? -1 : 1) : number(parts[2].strip());
        if (step == null || step == 0 || start < end && step < 0 || start > end && step > 0) {
            return null;
        }
        if (Math.abs((double) end - start) / Math.abs(step) > MAXIMUM_LINES) {
            return null;
        }
        String name = parts[0].strip();
        List<Map<String, String>> rounds = new ArrayList<>();
        for (long value = start; step > 0 ? value <= end : value >= end; value += step) {
            rounds.add(Map.of(name, Long.toString(value, radix)));
        }
        return rounds;
    }

    /// `var, a, b, …` or `{var, …}, {a, …}, …`.
    private static @Nullable List<Map<String, String>> list(String inside) {
        List<List<String>> groups = new ArrayList<>();
        Matcher group =
                Pattern.compile("\\s*(?:\\{([^{}]*)\\}|([^,{}]*))\\s*(?:,|$)").matcher(inside);
        int end = 0;
        while (end < inside.length() && group.find(end) && group.start() == end) {
            String braced = group.group(1);
            groups.add(
                    braced == null
                            ? List.of(group.group(2).strip())
                            : List.of(braced.strip().split("\\s*,\\s*", -1)));
            end = group.end();
        }
        if (end < inside.length() || groups.size() < 2) {
            return null;
        }
        List<String> names = groups.getFirst();
        List<Map<String, String>> rounds = new ArrayList<>();
        for (List<String> values : groups.subList(1, groups.size())) {
            if (values.size() != names.size()) {
                return null;
            }
            Map<String, String> round = new HashMap<>();
            for (int i = 0; i < names.size(); i++) {
                if (!names.get(i).matches("[A-Za-z_]\\w*")) {
                    return null;
                }
                round.put(names.get(i), values.get(i));
            }
            rounds.add(round);
        }
        return rounds;
    }

    private void emit(Line line) {
        String[] words = line.text().split("[ \t]+", 3);
        if (Includes.of(words[0]) != null) {
            problems.error(
                    line.place(),
                    "`%s` behind an @ or in a definition of one line".formatted(words[0]),
                    "put the @ into the file that is included");
            return;
        }
        if (words[0].equals("include_check")) {
            String options = line.text().substring(words[0].length());
            for (String option : options.split("[ \t,]+", -1)) {
                ordinary = ordinary.with(option);
            }
        }
        if (words[0].equals("random_seed") && words.length > 1) {
            random = new SplittableRandom(number(words[1], environment.randomSeed()));
        }
        lines.add(line);
    }
}
