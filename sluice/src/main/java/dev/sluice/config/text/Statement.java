package dev.sluice.config.text;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A keyword with its parameters, and the block that it opens; or a line of a list.
///
/// @param words at least one
/// @param raw the text from which the words came, with its quotes: scripts are split in another way
/// @param block what stood between the braces; null if there were none
/// @param end where the block ends, or else the statement begins
/// @param isConditional whether it stood there for some machines only (`@`)
public record Statement(
        List<Word> words,
        String raw,
        @Nullable List<Statement> block,
        Place end,
        boolean isConditional) {

    public Place place() {
        return words.getFirst().place();
    }

    public String keyword() {
        return words.getFirst().text();
    }

    /// What follows the keyword.
    public List<Word> parameters() {
        return words.subList(1, words.size());
    }
}
