package dev.sluice.cli;

/// A command line that is not carried out: what is printed, and the exit status.
final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    /// The words cannot be parsed, or the table refused.
    static final int UNPARSED = 255;

    /// The words can be parsed and are refused.
    static final int REFUSED = 2;

    private static final int NOT_LISTED = 1;

    private final int exitStatus;
    private final boolean endsRestore;

    private Refused(int exitStatus, boolean endsRestore, String text) {
        super(text, null, false, false);
        this.exitStatus = exitStatus;
        this.endsRestore = endsRestore;
    }

    /// The first word is no command.
    static Refused hint(String program) {
        return new Refused(
                UNPARSED,
                true,
                "Try `" + program + " -h' or '" + program + " --help' for more information.");
    }

    /// A word that is no option, or has a value too many or too few.
    static Refused word(String text) {
        return new Refused(UNPARSED, false, text);
    }

    /// A value or combination that is wrong.
    static Refused value(String text) {
        return new Refused(REFUSED, true, text);
    }

    static Refused byTable(String text) {
        return new Refused(UNPARSED, false, text);
    }

    /// A service to be listed is not there.
    static Refused notListed(String text) {
        return new Refused(NOT_LISTED, true, text);
    }

    int exitStatus() {
        return exitStatus;
    }

    /// Whether a restore stops at this line.
    boolean endsRestore() {
        return endsRestore;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
