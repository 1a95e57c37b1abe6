package dev.sluice.config.text;

/// Something that is wrong with a configuration.
///
/// @param text what is wrong, and what follows from it
/// @param hint how to mend it; may be empty
public record Problem(Severity severity, Place place, String text, String hint) {

    /// How bad it is. keepalived runs on in almost every case; here a file with errors is not used
    /// at all.
    public enum Severity {
        /// What was meant is not known: the file is refused.
        ERROR("error"),
        /// keepalived changes the setting and runs, and so does Sluice.
        ADJUSTED("adjusted"),
        /// Scripts would be run that somebody else than root may change.
        UNSAFE("unsafe"),
        /// Probably not meant, or without effect here; keepalived says nothing.
        WARNING("warning");

        private final String label;

        Severity(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /// One line, and one more for the hint.
    @Override
    public String toString() {
        String first = place + ": " + severity.label() + ": " + text;
        return hint.isEmpty() ? first : first + "\n    " + hint;
    }
}
