package dev.sluice.control;

/// The table refused a change and is as it was.
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    /// Why; ipvs.md §1.7 with the kernel's error class.
    public enum Reason {
        /// EEXIST
        SERVICE_EXISTS("Service already exists"),
        /// ESRCH, asked about the service itself
        NO_SUCH_SERVICE("No such service"),
        /// ESRCH, asked about a server of the service
        SERVICE_NOT_DEFINED("Service not defined"),
        /// EEXIST
        DESTINATION_EXISTS("Destination already exists"),
        /// ENOENT
        NO_SUCH_DESTINATION("No such destination"),
        /// ENOENT
        SCHEDULER_NOT_FOUND("Scheduler or persistence engine not found"),
        /// ERANGE: the lower threshold is above the upper one
        OUT_OF_RANGE("Numerical result out of range"),
        /// EINVAL
        INVALID("Invalid operation.  Possibly wrong module version, address not unicast, ..."),
        /// EPROTONOSUPPORT
        PROTOCOL_NOT_SUPPORTED("Protocol not supported");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /// What `ipvsadm` prints.
        public String text() {
            return text;
        }
    }

    private final Reason reason;

    RefusedException(Reason reason) {
        super(reason.text, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
