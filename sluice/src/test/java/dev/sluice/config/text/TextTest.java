package dev.sluice.config.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/// keepalived.md §2: from text to statements. Trees are written as one line: words in their order,
/// `|` between a keyword's words where it matters, `{ }` around blocks, `;` between statements.
final class TextTest {

    private static final String FILE = "etc/keepalived.conf";

    private final FilesInMemory files = new FilesInMemory();
    private final Problems problems = new Problems();
    private String id = "one";

    private String read(String text) {
        files.with(FILE, text);
        Environment environment = new Environment(id, "blue", 7);
        return print(Text.read(FILE, files, environment, problems));
    }

    private static String print(List<Statement> statements) {
        return statements.stream()
                .map(statement -> {
                    List<String> words = new ArrayList<>();
                    statement.words().forEach(word -> words.add(word.text()));
                    List<Statement> block = statement.block();
                    String inside =
                            block == null
                                    ? ""
                                    : block.isEmpty() ? " { }" : " { " + print(block) + " }";
                    return String.join("|", words) + inside;
                })
                .collect(Collectors.joining("; "));
    }

    private void reads(String expected, String text) {
        assertEquals(expected, read(text));
        assertEquals("", complaints());
    }

    private void complains(String expected, String text) {
        read(text);
        assertEquals(expected.strip(), complaints());
    }

    private String complaints() {
        return problems.inOrder().stream().map(Problem::toString).collect(Collectors.joining("\n"));
    }

    @Test
    void commentsReachToTheEndOfTheLine() {
        reads("a|b; c", "a b # x\n! all\nc!x\n");
    }

    @Test
    void quotesAndBackslashesProtectCommentCharacters() {
        reads("auth_pass|a b#c!d; router_id|a#b", "auth_pass \"a b#c!d\"\nrouter_id a\\#b");
    }

    @Test
    void singleQuotesDoNotProtectThem() {
        reads("x|'a", "x 'a#b'");
    }

    @Test
    void bracesAreWordsWhereverTheyStand() {
        reads("r|80 { T { } }", "r 80{T{}}");
        reads("r|80 { T { } }", "r 80\n{\n T\n\n {\n }\n}\n");
        reads("n { a@x|b@y }", "n { a@x b@y }");
        reads("p|a{b}", "p \"a{b}\"");
    }

    @Test
    void aPieceBetweenBracesHoldsOneKeyword() {
        reads("r { weight|1|TCP_CHECK { } }", "r { weight 1 TCP_CHECK { } }");
    }

    @Test
    void eachWordKnowsItsPlace() {
        files.with(FILE, "\n  ab \"c d\"  { e }\n");
        Statement first = Text.read(FILE, files, new Environment(id, "", 0), problems).getFirst();
        assertEquals(FILE + ":2:3", first.words().get(0).place().toString());
        assertEquals(FILE + ":2:6", first.words().get(1).place().toString());
        assertEquals(
                FILE + ":2:15",
                Objects.requireNonNull(first.block()).getFirst().place().toString());
    }

    @Test
    void conditionalLinesAreKeptForTheirMachine() {
        String text = "@one a\n@two b\n@^one c\n@^two d\n@one e {\n f\n@one }\n";
        reads("a; d; e { f }", text);
        id = "two";
        reads("b; c; f", text.replace("@one }", ""));
    }

    @Test
    void definitionsAreResolvedLate() {
        reads("x|1|2; x|1|3", "$A=$B ${C}\n$B=1\n$C=2\nx $A\n$C=3\nx $A");
    }

    @Test
    void aDefinitionIsUsedWithBracesAnywhereAndWithoutBeforeABlank() {
        reads("x|a1b|1|(1)|$Ab|$A/", "$A=1\nx a${A}b $A ($A) $Ab $A/");
    }

    @Test
    void whatIsNotDefinedStaysAsItIs() {
        reads("x|$HOME|${HOME}/y { }", "x $HOME ${HOME}/y {\n}");
    }

    @Test
    void theMachineChoosesDefinitions() {
        reads("priority|150", "$P=100\n@one $P=150\n@two $P=50\npriority $P");
    }

    @Test
    void aDefinitionMayHaveSeveralLinesAndNest() {
        reads(
                "v|a_1 { p|1; q { r|x } }; v|a_2 { p|1; q { r|x } }; end",
                """
                $IN= \\
                  q { \\
                    r x   \\
                  }
                $T= \\
                  v a_${N} { \\
                    p 1 \\
                    @two p 2 \\
                    $IN \\
                  }
                $N=1
                $T
                $N=2
                $T
                end
                """);
    }

    @Test
    void aDefinitionForAnotherMachineTakesItsLinesAlong() {
        reads("a", "@two $T= \\\n x \\\n y\na\n");
    }

    @Test
    void predefinedNames() {
        reads("x|etc|blue|#|!", "x ${_PWD} ${_INSTANCE} ${_HASH} ${_BANG}");
        String first = read("random_seed 3\nx ${_RANDOM 1 6} ${_RANDOM}");
        assertEquals(first, read("random_seed 3\nx ${_RANDOM 1 6} ${_RANDOM}"));
        assertTrue(first.matches("random_seed\\|3; x\\|[1-6]\\|\\d{1,5}"), first);
    }

    @Test
    void sequences() {
        reads("a|1; a|2; a|3", "~SEQ(N, 3) a $N");
        reads("a|-1; a|-2", "~SEQ(N, -2) a $N");
        reads("a|5; a|4", "~SEQ(N,5,4) a ${N}");
        reads("a|0; a|5; a|10", "~SEQ(N, 0, 5, 12) a $N");
        reads("a|8; a|6; a|4", "~SEQ(N, 8, -2, 4) a $N");
        reads("a|9; a|a; a|b", "~SEQx(N, 9, 0xb) a $N");
        reads("a|2; a|3", "$E=3\n~SEQ(N, 2, $E) a $N");
    }

    @Test
    void lists() {
        reads("r|x1 { }; r|x2 { }", "~LST(R, 1, 2) r x${R} { }");
        reads("r|a|1; r|b|2", "~LST({v1,v2}, {a,1}, {b,2}) r $v1 $v2");
    }

    @Test
    void repetitionsNestTheLeftmostOutside() {
        reads("a|1|8; a|1|9; a|2|8; a|2|9", "~SEQ(X, 2) ~LST(Y, 8, 9) a $X $Y");
    }

    @Test
    void aTemplateTimesASequence() {
        reads("v|1 { w }; v|2 { w }", "$T= \\\nv $N { \\\n w \\\n}\n~SEQ(N, 1, 2) $T\n");
    }

    @Test
    void includesAreRelativeToTheIncludingFileAndSorted() {
        files.with("etc/d/b.conf", "b ${_PWD}\ninclude sub/x")
                .with("etc/d/a.conf", "a")
                .with("etc/d/.hidden.conf", "h")
                .with("etc/d/sub/x", "x");
        reads("a; b|etc/d; x; z", "include d/*.conf\nz");
        reads("a; x", "include d/{a.conf,sub/[w-z]}");
    }

    @Test
    void whatIsNotConfigurationIsLeftOut() {
        files.with("etc/d/run.conf", "#!/bin/sh").with("etc/d/a.conf", "a");
        complains(
                "etc/keepalived.conf:1: warning: etc/d/run.conf is left out: it can be executed",
                "include d/*.conf");
    }

    @Test
    void includesInsistAsTheyAreTold() {
        complains(
                """
                etc/keepalived.conf:1: warning: there is no file etc/no
                    the name is relative to the folder of the file that includes it
                etc/keepalived.conf:3: error: nothing matches no
                etc/keepalived.conf:5: error: nothing matches no*
                etc/keepalived.conf:6: error: nothing matches no
                etc/keepalived.conf:6: error: nothing matches nor
                etc/keepalived.conf:8: error: nothing matches no*
                """,
                "include no\ninclude no*\nincludem no\nincludem no*\nincludew no*\n"
                        + "includea {no,nor}\ninclude_check wildcard_match\ninclude no*");
    }

    @Test
    void aFileThatIncludesItselfIsToldSo() {
        complains(
                "etc/keepalived.conf:1: error: etc/keepalived.conf includes itself",
                "include keepalived.conf");
    }

    @Test
    void aMissingFileIsAnError() {
        Text.read("no.conf", files, new Environment(id, "", 0), problems);
        assertEquals(
                "no.conf: error: there is no such file\n    name the configuration with -f FILE",
                complaints());
    }

    @Test
    void missingBraces() {
        complains(
                """
                etc/keepalived.conf:1:1: error: the block that begins here has no end: a '}' is missing
                    by its indentation it is `r` of line 3 that is not closed
                """,
                "v {\n  q\n  r {\n    s {\n    }\n}\n");
    }

    @Test
    void superfluousBraces() {
        complains(
                """
                etc/keepalived.conf:2:1: error: '}' without a block to end
                    remove it, or look for a '{' that is missing above
                etc/keepalived.conf:3:1: error: '{' without a keyword before it
                    write the keyword in front of it
                """,
                "v { }\n}\n{ }\n");
    }

    @Test
    void aQuoteWithoutEnd() {
        complains(
                """
                etc/keepalived.conf:1:3: error: the quote that begins here has no end
                    a quoted word ends on its line: add a "
                """,
                "a \"b c\nd");
    }

    @Test
    void endlessDefinitions() {
        complains(
                """
                etc/keepalived.conf:3: error: $B refers to itself, or grows without end
                etc/keepalived.conf:7: error: definitions refer to each other without end
                """,
                "$A=x $B\n$B=y $A\na $A\n$M= \\\nz \\\n$M\n$M\n");
    }

    @Test
    void repetitionsThatMakeNoSense() {
        complains(
                """
                etc/keepalived.conf:1: error: ~SEQ N needs its values in ( )
                    as in ~SEQ(N, 1, 10), ~SEQ(N, 10, -2, 0), ~LST(N, a, b) or ~LST({N,M}, {a,1}, {b,2})
                etc/keepalived.conf:2: error: cannot make sense of ~SEQ(N, 1, -1, 5)
                    as in ~SEQ(N, 1, 10), ~SEQ(N, 10, -2, 0), ~LST(N, a, b) or ~LST({N,M}, {a,1}, {b,2})
                etc/keepalived.conf:4: error: $N is defined already, and cannot count as well
                    use another name in ~SEQ
                """,
                "~SEQ N\n~SEQ(N, 1, -1, 5) a\n$N=1\n~SEQ(N, 3) a");
    }

    @Test
    void scriptsAreSplitShellFashion() {
        assertEquals(
                List.of("/x/check.sh", "a b", "c\td", "A", "e'f", ""),
                ShellWords.split("/x/check.sh \"a b\" c\\td \\x41 \"e'f\" ''").words());
        assertEquals(List.of("a\"b", "\\n"), ShellWords.split("a\\\"b '\\n'").words());
    }
}
