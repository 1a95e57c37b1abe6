package dev.sluice.config.grammar;

import dev.sluice.config.text.Problems;
import dev.sluice.config.text.ShellWords;
import dev.sluice.config.text.Statement;
import dev.sluice.config.text.Word;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What follows a keyword, or stands on a line of a list, in the notation of manual pages:
///
/// | | |
/// | --- | --- |
/// | `1..255`, `ADDRESS`, `A\|B` | a word that must be there: of a [Type], or one of several |
/// | `[NAME]` | a word that may be there |
/// | `TEXT+` | one or more |
/// | `[dev IF]` | an option with its value; options stand anywhere and in any order |
/// | `[mtu lock? 0..]` | with a word in between that may be left out |
final class Form {

    /// @param isRequired whether it must be there
    /// @param isRepeated whether there may be more of it
    private record Positional(Type type, boolean isRequired, boolean isRepeated) {}

    /// @param name the first of its spellings
    /// @param optional words that may stand before the values
    private record Option(String name, List<String> optional, List<Type> values) {}

    /// What fits on a line; longer ones are not read.
    private static final int LONGEST_USAGE = 100;

    private final String notation;
    private final List<Positional> positionals = new ArrayList<>();
    private final Map<String, Option> options = new LinkedHashMap<>();

    Form(List<String> words) {
        notation = String.join(" ", words);
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (!word.startsWith("[")) {
                positional(word, true);
                continue;
            }
            int end = i;
            while (!words.get(end).endsWith("]")) {
                end++;
            }
            List<String> inside = new ArrayList<>(words.subList(i, end + 1));
            inside.set(0, inside.getFirst().substring(1));
            inside.set(
                    inside.size() - 1,
                    inside.getLast().substring(0, inside.getLast().length() - 1));
            i = end;
            String first = inside.getFirst();
            boolean isValue =
                    inside.size() == 1
                            && (first.endsWith("+")
                                    || first.startsWith("=")
                                    || Type.of(first) != null);
            if (isValue) {
                positional(first.startsWith("=") ? first.substring(1) : first, false);
            } else {
                option(inside);
            }
        }
    }

    private void positional(String notation, boolean isRequired) {
        boolean repeated = notation.endsWith("+");
        String type = repeated ? notation.substring(0, notation.length() - 1) : notation;
        positionals.add(new Positional(type(type), isRequired, repeated));
    }

    private void option(List<String> words) {
        String[] names = words.getFirst().split("\\|", -1);
        List<String> optional = new ArrayList<>();
        List<Type> values = new ArrayList<>();
        for (String word : words.subList(1, words.size())) {
            if (word.endsWith("?")) {
                optional.addAll(List.of(word.substring(0, word.length() - 1).split("\\|")));
            } else {
                values.add(type(word));
            }
        }
        for (String name : names) {
            options.put(name, new Option(names[0], optional, values));
        }
    }

    private static Type type(String notation) {
        Type type = Type.of(notation);
        return type == null ? Type.choice(notation) : type;
    }

    /// As the table has it.
    @Override
    public String toString() {
        return notation;
    }

    /// The words of a statement that this form describes, or null if they do not fit; then
    /// `problems` has the reason.
    ///
    /// @param skipped how many words belong to the keyword: 1, or 0 for a line of a list
    @Nullable Arguments read(Statement statement, int skipped, Problems problems) {
        List<Word> words = statement.words().subList(skipped, statement.words().size());
        String scripted = positionals.isEmpty() ? "" : positionals.getFirst().type().name();
        if (scripted.equals("SCRIPT") || scripted.equals("COMMAND")) {
            return script(statement, scripted.equals("COMMAND"), problems);
        }
        String subject = skipped == 0 ? "this line" : "`" + statement.keyword() + "`";
        Arguments arguments = new Arguments(statement.place());
        int next = 0;
        for (int i = 0; i < words.size(); i++) {
            Word word = words.get(i);
            Option option = options.get(word.text());
            if (option != null) {
                List<Word> values = new ArrayList<>();
                while (i + 1 < words.size()
                        && option.optional().contains(words.get(i + 1).text())) {
                    i++;
                }
                for (Type type : option.values()) {
                    if (++i >= words.size()) {
                        problems.error(
                                word.place(),
                                "`%s` needs a value".formatted(word),
                                usage(statement, skipped));
                        return null;
                    }
                    if (!fits(words.get(i), type, word.text(), problems)) {
                        return null;
                    }
                    values.add(words.get(i));
                }
                arguments.option(option.name(), values);
            } else if (next < positionals.size()) {
                Positional positional = positionals.get(next);
                if (!fits(
                        word,
                        positional.type(),
                        skipped == 0 ? "" : statement.keyword(),
                        problems)) {
                    return null;
                }
                arguments.word(word);
                next += positional.isRepeated() ? 0 : 1;
            } else if (options.isEmpty()) {
                problems.warning(
                        word.place(),
                        "`%s` is not used: %s ends before it".formatted(word, subject),
                        positionals.isEmpty() ? "" : "quote a value that contains blanks");
                return arguments;
            } else {
                problems.error(
                        word.place(),
                        "`%s` is not known in %s".formatted(word, subject),
                        usage(statement, skipped));
                return null;
            }
        }
        boolean repeated = next < positionals.size() && positionals.get(next).isRepeated();
        int missing = repeated && !arguments.words().isEmpty() ? next + 1 : next;
        if (missing < positionals.size() && positionals.get(missing).isRequired()) {
            problems.error(
                    statement.place(), subject + " needs a value", usage(statement, skipped));
            return null;
        }
        return arguments;
    }

    private String usage(Statement statement, int skipped) {
        if (notation.length() > LONGEST_USAGE) {
            return "known are: " + String.join(", ", options.keySet());
        }
        return "as in: " + (skipped == 0 ? "" : statement.keyword() + " ") + notation;
    }

    private static boolean fits(Word word, Type type, String keyword, Problems problems) {
        String complaint = type.complaint().apply(word.text());
        if (complaint.isEmpty()) {
            return true;
        }
        String subject = keyword.isEmpty() ? "`" + word + "`" : "`" + keyword + " " + word + "`:";
        problems.error(
                word.place(),
                keyword.isEmpty()
                        ? subject + " " + complaint
                        : "`" + keyword + "`: `" + word + "` " + complaint);
        return false;
    }

    /// Scripts are split once more, shell-fashion: the first word is the command, quoted as a whole
    /// if it has arguments; the others are user and group.
    private @Nullable Arguments script(Statement statement, boolean isAlone, Problems problems) {
        String raw = statement.raw().substring(statement.keyword().length());
        ShellWords first = ShellWords.split(raw);
        ShellWords command =
                ShellWords.split(first.words().isEmpty() ? "" : first.words().getFirst());
        String keyword = "`" + statement.keyword() + "`";
        if (!first.isComplete() || !command.isComplete()) {
            problems.error(statement.place(), keyword + ": a quote in the command has no end");
            return null;
        }
        if (command.words().isEmpty() && !positionals.getFirst().isRequired()) {
            return new Arguments(statement.place());
        }
        if (command.words().isEmpty()) {
            problems.error(
                    statement.place(),
                    keyword + " needs a command",
                    "as in: %s \"/path/to/script argument\"".formatted(statement.keyword()));
            return null;
        }
        int most = isAlone ? 1 : 3;
        if (first.words().size() > most) {
            problems.warning(
                    statement.place(),
                    "%s: `%s` is not used".formatted(keyword, first.words().get(most)),
                    "quote the command and its arguments as a whole: %s \"%s\""
                            .formatted(statement.keyword(), raw.strip().replace("\"", "'")));
        }
        Arguments arguments = new Arguments(statement.place());
        first.words().stream()
                .limit(most)
                .forEach(word -> arguments.word(new Word(statement.place(), word)));
        arguments.command(command.words());
        return arguments;
    }
}
