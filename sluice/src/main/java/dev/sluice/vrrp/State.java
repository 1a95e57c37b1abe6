package dev.sluice.vrrp;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What a virtual router is doing, and what it needs for that.
///
/// ```
///                      started, an owner that wants to
///              +-----------------------------------------------+
///              |                                               v
///         +---------+ started  +--------+ active router down +--------+
///         | Initial |--------->| Backup |------------------->| Active |
///         +---------+          +--------+<-------------------+--------+
///              |                 ^    |    higher priority,      |
///              | fault     cured |    | fault                    | fault
///              |                 |    v    address lost          |
///              |               +---------+                       |
///              +-------------->|  Fault  |<----------------------+
///                              +---------+
/// ```
///
/// From each a router may be stopped.
public sealed interface State {

    /// The word that keepalived's logs, scripts and dumps have for it.
    default Name name() {
        return switch (this) {
            case Initial _ -> Name.INIT;
            case Backup _ -> Name.BACKUP;
            case Active _ -> Name.MASTER;
            case Fault _ -> Name.FAULT;
            case Stopped _ -> Name.STOP;
        };
    }

    /// When something is due if nothing else happens.
    default Deadline deadline() {
        return switch (this) {
            case Initial initial -> initial.isAwaiting() ? Deadline.NEVER : initial.start();
            case Backup backup -> backup.isReady() ? Deadline.NEVER : backup.activeDown();
            case Active active -> active.advert().or(active.announcements().next());
            case Fault _, Stopped _ -> Deadline.NEVER;
        };
    }

    /// Words of keepalived.
    enum Name {
        INIT,
        BACKUP,
        MASTER,
        FAULT,
        STOP
    }

    /// Not begun.
    ///
    /// @param start when the start-up delay is over; not set before the start
    /// @param isAwaiting whether a tracker's first result is still to come
    record Initial(Deadline start, boolean isAwaiting) implements State {}

    /// Silent, listening.
    ///
    /// @param activeDown when the active router counts as gone
    /// @param intervalCentis between advertisements: version 3 learns it from the active router
    /// @param active whom it heard last, or null
    /// @param preempt from when on a router of lower priority is replaced; not set while none was
    ///   heard, or without a delay
    /// @param isReady would be active, but waits for the others of its group
    record Backup(
            Deadline activeDown,
            int intervalCentis,
            @Nullable Heard active,
            Deadline preempt,
            boolean isReady)
            implements State {}

    /// Has the addresses, and says so.
    record Active(Deadline advert, Announcements announcements) implements State {}

    /// Cannot be active.
    ///
    /// @param causes names of trackers
    record Fault(List<String> causes) implements State {}

    record Stopped() implements State {}

    /// The active router as its last advertisement showed it.
    record Heard(Address source, int priority, int intervalCentis, long sequence) {}
}
