package dev.sluice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.grammar.Block;
import dev.sluice.config.grammar.Grammar;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.FilesInMemory;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Statement;
import dev.sluice.config.text.Text;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// No keyword of the table is silently ignored: each is read by somebody, or has a reason why it
/// has no effect, and stands in docs/compatibility.md. `everything.conf` has all of them.
final class KeywordsTest {

    /// What must be known before the lines that follow are read.
    private static final List<String> READ_WITH_THE_TEXT =
            List.of("global_defs include_check", "global_defs random_seed");

    private final Problems problems = new Problems();
    private final List<Statement> statements;

    KeywordsTest() throws IOException {
        String text = Files.readString(Path.of("src/test/resources/everything.conf"));
        statements =
                Text.read(
                        "everything.conf",
                        new FilesInMemory().with("everything.conf", text),
                        new Environment("", "", 0),
                        problems);
    }

    @Test
    void theFileHasEveryKeyword() {
        Set<String> missing = new TreeSet<>(Grammar.keywords().keySet());
        paths("", statements).forEach(missing::remove);
        assertEquals(Set.of(), missing);
    }

    private static List<String> paths(String above, List<Statement> statements) {
        List<String> paths = new ArrayList<>();
        for (Statement statement : statements) {
            String path = (above + " " + statement.keyword()).strip();
            paths.add(path);
            if (statement.block() != null) {
                paths.addAll(paths(path, statement.block()));
            }
        }
        return paths;
    }

    @Test
    void everyKeywordIsReadOrHasAReason() {
        Block top = Grammar.check("everything.conf", statements, problems);
        new SettingsReader(top, new Scripts(problems, Host.ANY), problems, Host.ANY).read();
        List<String> unread = new ArrayList<>(top.unread());
        unread.removeAll(READ_WITH_THE_TEXT);
        assertEquals(List.of(), unread);
        List<Problem> errors =
                problems.inOrder().stream()
                        .filter(problem -> problem.severity() == Severity.ERROR)
                        .toList();
        assertEquals(List.of(), errors);
    }

    @Test
    void everyKeywordWithoutEffectIsToldSo() {
        Grammar.check("everything.conf", statements, problems);
        String said = SamplesTest.print(problems.inOrder());
        Grammar.keywords()
                .forEach((path, fate) -> {
                    String keyword = path.substring(path.lastIndexOf(' ') + 1);
                    if (!fate.reason().isEmpty()) {
                        assertTrue(
                                said.contains(
                                        "`%s` has no effect: %s".formatted(keyword, fate.reason())),
                                path);
                    }
                });
    }

    @Test
    void everyKeywordHasItsRowInTheDocumentation() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("../docs/compatibility.md"));
        List<String> missing = new ArrayList<>();
        Grammar.keywords()
                .forEach((path, fate) -> {
                    String start = "| `" + path + "` |";
                    List<String> found =
                            rows.stream().filter(row -> row.startsWith(start)).toList();
                    String word =
                            !fate.instead().isEmpty()
                                    ? "old spelling"
                                    : fate.reason().isEmpty() ? "" : "no effect";
                    if (found.size() != 1 || !found.getFirst().contains(word)) {
                        missing.add(start + " " + word + " " + fate.reason());
                    }
                });
        assertEquals(List.of(), missing);
    }
}
