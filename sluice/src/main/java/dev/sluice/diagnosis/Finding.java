package dev.sluice.diagnosis;

import java.util.List;

/// Something that is wrong, with what shows it and what mends it.
///
/// @param kind of mistake, see [Mistake#kind]
/// @param subject what it is about: with the kind, what makes it the same finding as one of before
/// @param what a sentence without a full stop
/// @param evidence addresses, routes, counters as they are now, one a line
/// @param mends commands, or what to do where no command is sure, one a line
public record Finding(
        String kind,
        Severity severity,
        String subject,
        String what,
        List<String> evidence,
        List<String> mends) {

    /// How much it matters.
    public enum Severity {
        /// Clients do not get through, or somebody who should not does.
        WRONG,
        /// It works, but not as somebody may think.
        NOTE
    }

    public Finding {
        evidence = List.copyOf(evidence);
        mends = List.copyOf(mends);
    }

    public boolean isWrong() {
        return severity == Severity.WRONG;
    }

    /// All of it in one line, for a log.
    public String line() {
        return what + " (" + String.join("; ", evidence) + "); to mend it: " + mends.getFirst();
    }
}
