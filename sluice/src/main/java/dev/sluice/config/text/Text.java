package dev.sluice.config.text;

import java.util.List;

/// A configuration as statements. Whatever the text is, there is an answer: what is wrong is in the
/// [Problems], and the statements are what could be understood all the same.
///
/// ```
///  ConfigurationFiles ──► Expansion: comments, include, @, $, ~ ──► Line ──► words and braces ──► Statement
/// ```
public final class Text {

    private Text() {}

    /// Reads a file, and all that it includes.
    public static List<Statement> read(
            String file, ConfigurationFiles files, Environment environment, Problems problems) {
        Expansion expansion = new Expansion(files, environment, problems);
        expansion.file(file);
        return new Blocks(expansion.lines(), problems).read();
    }

    static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == 0x0b || c == '\n';
    }
}
