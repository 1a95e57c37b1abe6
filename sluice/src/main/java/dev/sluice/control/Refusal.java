package dev.sluice.control;

/// An edit that the desired state does not take, and why: ipvs.md §1.7 with the kernel's error
/// class.
public record Refusal(Edit edit, Reason reason) {

    public enum Reason {
        /// EEXIST
        SERVICE_EXISTS,
        /// ESRCH, asked about the service itself
        NO_SUCH_SERVICE,
        /// ESRCH, asked about a server of the service
        SERVICE_NOT_DEFINED,
        /// EEXIST
        DESTINATION_EXISTS,
        /// ENOENT
        NO_SUCH_DESTINATION,
        /// ENOENT
        SCHEDULER_NOT_FOUND,
        /// ERANGE: the lower threshold is above the upper one
        OUT_OF_RANGE,
        /// EINVAL
        INVALID,
        /// EINVAL: what a setting does not take; see [dev.sluice.director.service.Policy#with]
        BAD_SETTING,
        /// EPROTONOSUPPORT
        PROTOCOL_NOT_SUPPORTED
    }
}
