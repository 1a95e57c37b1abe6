package dev.sluice.config.text;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Words and braces to statements. A brace outside double quotes is a word of its own wherever it
/// stands and ends the statement before it; so does the end of the line.
final class Blocks {

    /// A block whose end has not come yet.
    private static final class Open {
        final @Nullable Statement opener;
        final int openerColumn;
        final List<Statement> inside = new ArrayList<>();

        Open(@Nullable Statement opener, int openerColumn) {
            this.opener = opener;
            this.openerColumn = openerColumn;
        }
    }

    private final List<Line> lines;
    private final Problems problems;
    private final List<Open> open = new ArrayList<>();

    /// The last statement, while a brace may still follow it.
    private @Nullable Statement latest;

    /// The first block that was closed by a brace under another column than its own.
    private @Nullable Statement suspect;

    Blocks(List<Line> lines, Problems problems) {
        this.lines = lines;
        this.problems = problems;
        open.add(new Open(null, 0));
    }

    List<Statement> read() {
        lines.forEach(this::line);
        finish();
        return open.getFirst().inside;
    }

    private void line(Line line) {
        String text = line.text();
        List<Word> words = new ArrayList<>();
        int piece = 0;
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Text.isBlank(c)) {
                at++;
            } else if (c == '{' || c == '}') {
                statement(words, text.substring(piece, at), line);
                if (c == '{') {
                    begin(line.at(at));
                } else {
                    end(line, at);
                }
                at++;
                piece = at;
            } else {
                at = word(line, at, words);
            }
        }
        statement(words, text.substring(piece), line);
    }

    /// @return where the word ends
    private int word(Line line, int start, List<Word> words) {
        String text = line.text();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        int at = start;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (Text.isBlank(c) || c == '{' || c == '}')) {
                if (c == '{' && at > start && text.charAt(at - 1) == '$') {
                    // A variable that is not defined stays as it was written.
                    int end = text.indexOf('}', at);
                    if (end > 0) {
                        word.append(text, at, end + 1);
                        at = end;
                        continue;
                    }
                }
                break;
            } else {
                word.append(c);
            }
        }
        if (quoted) {
            problems.error(
                    line.at(start),
                    "the quote that begins here has no end",
                    "a quoted word ends on its line: add a \"");
        }
        words.add(new Word(line.at(start), word.toString()));
        return at;
    }

    private void statement(List<Word> words, String raw, Line line) {
        if (words.isEmpty()) {
            return;
        }
        Place place = words.getFirst().place();
        latest = new Statement(List.copyOf(words), raw.strip(), null, place, line.isConditional());
        open.getLast().inside.add(latest);
        words.clear();
    }

    private void begin(Place place) {
        Statement opener = latest;
        latest = null;
        if (opener == null) {
            problems.error(
                    place, "'{' without a keyword before it", "write the keyword in front of it");
            opener = null;
        }
        open.add(new Open(opener, opener == null ? 0 : opener.place().column()));
    }

    private void end(Line line, int at) {
        latest = null;
        if (open.size() == 1) {
            problems.error(
                    line.at(at),
                    "'}' without a block to end",
                    "remove it, or look for a '{' that is missing above");
            return;
        }
        Open ended = open.removeLast();
        Place place = line.at(at);
        boolean alone = line.text().substring(0, at).isBlank();
        Statement opener = ended.opener;
        if (opener != null
                && suspect == null
                && alone
                && ended.openerColumn > 0
                && place.column() > 0
                && place.line() != opener.place().line()
                && place.column() < ended.openerColumn) {
            suspect = opener;
        }
        close(ended, place);
    }

    private void close(Open ended, Place end) {
        Statement opener = ended.opener;
        if (opener == null) {
            return;
        }
        List<Statement> siblings = open.getLast().inside;
        siblings.set(
                siblings.size() - 1,
                new Statement(
                        opener.words(), opener.raw(), ended.inside, end, opener.isConditional()));
    }

    private void finish() {
        int missing = open.size() - 1;
        if (missing == 0) {
            return;
        }
        Statement opener = open.get(1).opener;
        Statement blamed = suspect != null ? suspect : opener;
        String hint =
                blamed == null
                        ? ""
                        : "by its indentation it is `%s` of line %d that is not closed"
                                .formatted(blamed.raw(), blamed.place().line());
        problems.error(
                opener == null ? lines.getLast().place() : opener.place(),
                missing == 1
                        ? "the block that begins here has no end: a '}' is missing"
                        : missing + " '}' are missing at the end of the text",
                hint);
        while (open.size() > 1) {
            close(open.removeLast(), lines.getLast().place());
        }
    }
}
