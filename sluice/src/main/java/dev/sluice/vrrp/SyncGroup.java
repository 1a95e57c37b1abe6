package dev.sluice.vrrp;

import java.util.List;

/// Virtual routers that are active together or not at all: a director with a working outside and a
/// broken inside helps nobody.
///
/// - A fault of one is a fault of all: each has a tracker for its group.
/// - Nobody becomes active before all are ready to.
/// - When one gives way, all do.
final class SyncGroup {

    private static final String TRACKER = "sync group ";

    private final String name;
    private final List<VirtualRouter> members;
    private final Tracker tracker;

    /// What was told last.
    private State.Name state = State.Name.INIT;

    SyncGroup(String name, List<VirtualRouter> members) {
        this.name = name;
        this.members = List.copyOf(members);
        tracker = Tracker.required(TRACKER + name);
        members.forEach(member -> member.joinGroup(tracker));
    }

    String name() {
        return name;
    }

    List<VirtualRouter> members() {
        return members;
    }

    State.Name state() {
        return state;
    }

    String tracker() {
        return tracker.name();
    }

    static boolean isTracker(String name) {
        return name.startsWith(TRACKER);
    }

    /// Whether all the others could be active.
    boolean allowsActive(VirtualRouter member) {
        return members.stream().noneMatch(other -> other != member && !other.ownFaults().isEmpty());
    }

    boolean isReady() {
        return members.stream()
                .allMatch(member ->
                        member.state() instanceof State.Active
                                || member.state() instanceof State.Backup backup
                                        && backup.isReady());
    }

    /// Whether one gave way while another is still active.
    boolean isYielding() {
        return !isReady()
                && members.stream().anyMatch(member -> member.state() instanceof State.Active);
    }

    /// The state of the whole, and whether it is new.
    boolean updateState() {
        State.Name newest = whole();
        boolean isNew = newest != state;
        state = newest;
        return isNew;
    }

    private State.Name whole() {
        State.Name whole = State.Name.MASTER;
        for (VirtualRouter member : members) {
            State.Name one = member.state().name();
            if (one == State.Name.FAULT || one == State.Name.INIT || one == State.Name.STOP) {
                return one;
            }
            if (one == State.Name.BACKUP) {
                whole = one;
            }
        }
        return whole;
    }
}
