package dev.sluice.cli;

import dev.sluice.control.Refusal;
import dev.sluice.control.Refusal.Reason;

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

    static Refused byTable(Refusal refusal) {
        return byTable(text(refusal.reason()));
    }

    /// What the kernel's error means to ipvsadm.
    static String text(Reason reason) {
        return switch (reason) {
            case SERVICE_EXISTS -> "Service already exists";
            case NO_SUCH_SERVICE -> "No such service";
            case SERVICE_NOT_DEFINED -> "Service not defined";
            case DESTINATION_EXISTS -> "Destination already exists";
            case NO_SUCH_DESTINATION -> "No such destination";
            case SCHEDULER_NOT_FOUND -> "Scheduler or persistence engine not found";
            case OUT_OF_RANGE -> "Numerical result out of range";
            case BAD_SETTING -> "Invalid setting";
            case INVALID ->
                    "Invalid operation.  Possibly wrong module version, address not unicast, ...";
            case PROTOCOL_NOT_SUPPORTED -> "Protocol not supported";
        };
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
