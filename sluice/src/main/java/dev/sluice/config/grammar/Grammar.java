package dev.sluice.config.grammar;

import dev.sluice.config.text.ConfigurationFiles;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Statement;
import dev.sluice.config.text.Text;
import dev.sluice.config.text.Word;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Statements held against the table [Keywords].
///
/// A row is a keyword with the [Form] of its parameters. Then may follow
///
/// * `= name`: an old spelling of another keyword
/// * `-- reason`: known, but without effect
/// * a block: either rows, or one line `* :form` for a list whose lines have that form
public final class Grammar {

    private static final Keyword TOP = new Table().read();

    private final Problems problems;

    /// Where the block ends that is in no other, while it is read.
    private @Nullable Place outermostEnd;

    private Grammar(Problems problems) {
        this.problems = problems;
    }

    /// Holds a file against the table.
    ///
    /// @return the file as a block
    public static Block check(String file, List<Statement> statements, Problems problems) {
        Block top = new Block(TOP, new Arguments(Place.of(file)), Place.of(file), 0);
        new Grammar(problems).check(top, TOP, statements);
        return top;
    }

    /// Every keyword under its path (`vrrp_instance authentication auth_pass`), with what becomes
    /// of it.
    public static Map<String, Fate> keywords() {
        Map<String, Fate> keywords = new LinkedHashMap<>();
        TOP.paths()
                .forEach((path, keyword) ->
                        keywords.put(path, new Fate(keyword.instead(), keyword.reason())));
        return keywords;
    }

    /// What becomes of a keyword. One that goes into the settings has neither.
    ///
    /// @param instead of what it is an old spelling
    /// @param reason why it has no effect
    public record Fate(String instead, String reason) {}

    private void check(Block block, Keyword type, List<Statement> statements) {
        Map<String, Statement> before = new HashMap<>();
        int order = 0;
        for (Statement statement : statements) {
            if (type.isTop()) {
                outermostEnd = statement.end();
            }
            Keyword found = type.find(statement.keyword());
            if (found == null) {
                unknown(type, statement);
                continue;
            }
            Keyword keyword = found;
            block.mention(found.instead().isEmpty() ? found.name() : found.instead());
            if (!found.instead().isEmpty()) {
                problems.warning(
                        statement.place(),
                        "`%s` is an old spelling".formatted(statement.keyword()),
                        "write `%s`".formatted(found.instead()));
                keyword = type.find(found.instead());
            }
            if (keyword == null || !blockIsWhereItBelongs(keyword, statement)) {
                continue;
            }
            if (!keyword.reason().isEmpty()) {
                problems.warning(
                        statement.place(),
                        "`%s` has no effect: %s".formatted(statement.keyword(), keyword.reason()));
            }
            Arguments arguments = keyword.form().read(statement, 1, problems);
            List<Statement> inside = statement.block();
            if (inside == null && keyword.reason().isEmpty()) {
                warnIfAgain(before.put(keyword.name(), statement), statement);
            }
            if (arguments == null) {
                // What is inside may be wrong as well.
                arguments = new Arguments(statement.place());
                if (inside != null) {
                    inside(new Block(keyword, arguments, statement.end(), order), keyword, inside);
                }
            } else if (inside == null) {
                block.add(keyword.name(), arguments);
            } else {
                Block child = new Block(keyword, arguments, statement.end(), order++);
                inside(child, keyword, inside);
                block.add(keyword.name(), child);
            }
        }
    }

    private void inside(Block block, Keyword type, List<Statement> statements) {
        Form lines = type.lines();
        if (lines == null) {
            check(block, type, statements);
            return;
        }
        for (Statement line : statements) {
            if (line.block() != null) {
                problems.error(
                        line.place(),
                        "a block within the list `%s`".formatted(type.name()),
                        "is a '}' missing above?");
                continue;
            }
            Arguments arguments = lines.read(line, 0, problems);
            if (arguments != null) {
                block.addLine(arguments);
            }
        }
    }

    private boolean blockIsWhereItBelongs(Keyword keyword, Statement statement) {
        boolean hasBlock = statement.block() != null;
        if (keyword.opensBlock() == hasBlock) {
            return true;
        }
        if (hasBlock) {
            Word last = statement.words().getLast();
            boolean another =
                    statement.words().size() > 1
                            && TOP.paths().keySet().stream()
                                    .anyMatch(path -> path.endsWith(" " + last));
            problems.error(
                    statement.place(),
                    "`%s` opens no block".formatted(keyword.name()),
                    another
                            ? "begin a new line before `%s`".formatted(last)
                            : "remove the { } and what is between them");
        } else {
            problems.error(
                    statement.place(),
                    "`%s` needs a block".formatted(keyword.name()),
                    "write { after it, and } at its end");
        }
        return false;
    }

    private void warnIfAgain(@Nullable Statement before, Statement statement) {
        // A line for this machine may well override one for all.
        if (before == null || before.isConditional() || statement.isConditional()) {
            return;
        }
        problems.warning(
                statement.place(),
                "`%s` again; line %d is overridden"
                        .formatted(statement.keyword(), before.place().line()),
                "remove one of them");
    }

    private void unknown(Keyword type, Statement statement) {
        String word = statement.keyword();
        String where = type.isTop() ? "" : " in `" + type.name() + "`";
        String skipped = statement.block() == null ? "" : "; its block is skipped";
        problems.error(
                statement.place(),
                "`%s` is not known%s%s".formatted(word, where, skipped),
                suggestion(type, word));
        if (statement.block() != null) {
            warnAboutInside(type, statement, statement.block());
            problems.warning(
                    outermostEnd == null ? statement.end() : outermostEnd,
                    "keepalived would stumble over this '}': it does not skip `%s` of line %d"
                            .formatted(word, statement.place().line()));
        }
    }

    /// keepalived does not skip an unknown block: it takes what is inside for a part of the block
    /// around it, and complains of what that does not know. We do not, but name the same lines.
    private void warnAboutInside(Keyword type, Statement unknown, List<Statement> inside) {
        for (Statement each : inside) {
            List<Statement> block = each.block();
            if (type.find(each.keyword()) == null) {
                problems.warning(
                        each.place(),
                        "`%s` is skipped with `%s`".formatted(each.keyword(), unknown.keyword()));
                if (block != null) {
                    warnAboutInside(type, unknown, block);
                }
            }
        }
    }

    private static String suggestion(Keyword type, String word) {
        String nearest = "";
        int least = Math.max(1, word.length() / 4) + 1;
        for (Keyword keyword : type.keywords()) {
            for (String name : keyword.names()) {
                int distance = distance(word, name);
                if (distance < least) {
                    least = distance;
                    nearest = name;
                }
            }
        }
        if (!nearest.isEmpty()) {
            return "did you mean `%s`?".formatted(nearest);
        }
        for (String path : TOP.paths().keySet()) {
            int last = path.lastIndexOf(' ');
            if (path.substring(last + 1).equals(word)) {
                return last < 0
                        ? "it stands outside of all blocks; is a '}' missing above?"
                        : "it belongs into `%s`"
                                .formatted(path.substring(0, last).replace(" ", " / "));
            }
        }
        return "";
    }

    /// How many letters must be changed, added, removed or exchanged with their neighbour.
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                cost[i][j] =
                        Math.min(
                                cost[i - 1][j - 1] + (same ? 0 : 1),
                                1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }

    /// Reads the table, which is text like any other.
    private static final class Table implements ConfigurationFiles {

        private static final String NAME = "keywords";

        private final Map<String, Form> forms = new HashMap<>();

        Keyword read() {
            Problems problems = new Problems();
            List<Statement> rows = Text.read(NAME, this, new Environment("", "", 0), problems);
            if (!problems.inOrder().isEmpty()) {
                throw new IllegalStateException(problems.inOrder().toString());
            }
            return new Keyword(List.of(""), new Form(List.of()), rows(rows), null, "", "");
        }

        private Map<String, Keyword> rows(List<Statement> rows) {
            Map<String, Keyword> keywords = new LinkedHashMap<>();
            for (Statement row : rows) {
                List<String> words = row.words().stream().map(Word::text).toList();
                if (row.keyword().startsWith(":")) {
                    forms.put(row.keyword(), new Form(words.subList(1, words.size())));
                    continue;
                }
                Keyword keyword = row(row, words);
                keyword.names().forEach(name -> keywords.put(name, keyword));
            }
            return keywords;
        }

        private Keyword row(Statement row, List<String> words) {
            List<String> names = List.of(words.getFirst().split("\\|"));
            int equals = words.indexOf("=");
            int dashes = words.indexOf("--");
            int end = equals > 0 ? equals : dashes > 0 ? dashes : words.size();
            Form form = new Form(words.subList(1, end));
            String instead = equals > 0 ? words.get(equals + 1) : "";
            String reason =
                    dashes > 0 ? String.join(" ", words.subList(dashes + 1, words.size())) : "";
            List<Statement> block = row.block();
            if (block == null) {
                return new Keyword(names, form, null, null, instead, reason);
            }
            boolean isList = !block.isEmpty() && block.getFirst().keyword().equals("*");
            if (!isList) {
                return new Keyword(names, form, rows(block), null, instead, reason);
            }
            List<String> line = block.getFirst().parameters().stream().map(Word::text).toList();
            Form lines =
                    line.getFirst().startsWith(":") ? forms.get(line.getFirst()) : new Form(line);
            return new Keyword(names, form, Map.of(), lines, instead, reason);
        }

        @Override
        public Content read(String path) {
            return new Found(Keywords.TABLE);
        }

        @Override
        public List<String> names(String folder) {
            return List.of();
        }
    }
}
