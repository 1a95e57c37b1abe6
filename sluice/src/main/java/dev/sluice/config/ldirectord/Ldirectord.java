package dev.sluice.config.ldirectord;

import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problems;

import java.util.List;

/// Reads a ldirectord.cf.
///
/// ```
///  text ──Sections──► options and sections ──readers──► LdirectorSettings
/// ```
///
/// What ldirectord refuses is an error; it says the first one, here all come out at once.
public final class Ldirectord {

    private Ldirectord() {}

    /// A configuration as it was understood, and everything that is wrong with it.
    ///
    /// @param problems in the order of the text
    public record Reading(LdirectorSettings settings, List<Problem> problems) {

        /// Whether ldirectord would start with it.
        public boolean isUsable() {
            return problems.stream()
                    .noneMatch(problem -> problem.severity() == Problem.Severity.ERROR);
        }
    }

    /// Reads a text; there are no includes in this format.
    ///
    /// @param file what places call it
    public static Reading read(String file, String text, Machine machine) {
        Problems problems = new Problems();
        Sections sections = Sections.read(file, text, problems);
        GlobalReader globals = new GlobalReader(sections.globals(), machine, problems);
        List<LdirectorSettings.Service> services =
                new ServiceReader(globals, machine, problems).all(sections.services());
        return new Reading(globals.settings(services), problems.inOrder());
    }
}
