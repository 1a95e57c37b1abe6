package dev.sluice.config;

import dev.sluice.config.grammar.Block;
import dev.sluice.config.grammar.Grammar;
import dev.sluice.config.text.ConfigurationFiles;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Statement;
import dev.sluice.config.text.Text;

import java.util.List;

/// Reads a keepalived.conf.
///
/// ```
///  files ──Text──► statements ──Grammar──► blocks ──readers──► Settings
///                  include @ $ ~    keywords, values      references, inheritance, sense
/// ```
///
/// Each step goes on after what it could not understand, so that all problems come out at once.
public final class Keepalived {

    private Keepalived() {}

    /// Reads a file and all that it includes.
    ///
    /// @param file the path of the configuration, as `files` know it
    public static Reading read(
            String file, ConfigurationFiles files, Environment environment, Host host) {
        Problems problems = new Problems();
        List<Statement> statements = Text.read(file, files, environment, problems);
        Block top = Grammar.check(file, statements, problems);
        SettingsReader reader =
                new SettingsReader(top, new Scripts(problems, host), problems, host);
        return new Reading(reader.read(), problems.inOrder());
    }
}
