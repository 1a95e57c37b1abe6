package dev.sluice.vrrp;

/// When an active router tells ARP and neighbour caches about its addresses again.
///
/// @param again the second burst after it became active
/// @param lowerAgain the second burst after it heard a router of lower priority
/// @param refresh the next of those that go on
record Announcements(Deadline again, Deadline lowerAgain, Deadline refresh) {

    /// After the first burst of a new active router.
    static Announcements begun(RouterSettings.Announcing announcing, long nowNanos) {
        return new Announcements(
                Deadline.afterUnlessZero(nowNanos, announcing.againNanos()),
                Deadline.NEVER,
                Deadline.afterUnlessZero(nowNanos, announcing.refreshNanos()));
    }

    Announcements lowerHeard(RouterSettings.Announcing announcing, long nowNanos) {
        return announcing.lowerRounds() == 0
                ? this
                : new Announcements(
                        again,
                        Deadline.afterUnlessZero(nowNanos, announcing.lowerAgainNanos()),
                        refresh);
    }

    Deadline next() {
        return again.or(lowerAgain).or(refresh);
    }

    /// How many rounds are due.
    int dueRounds(RouterSettings.Announcing announcing, long nowNanos) {
        return (again.isDue(nowNanos) ? announcing.rounds() : 0)
                + (lowerAgain.isDue(nowNanos) ? announcing.lowerRounds() : 0)
                + (refresh.isDue(nowNanos) ? announcing.refreshRounds() : 0);
    }

    /// What is left when those are sent.
    Announcements afterDue(RouterSettings.Announcing announcing, long nowNanos) {
        return new Announcements(
                again.isDue(nowNanos) ? Deadline.NEVER : again,
                lowerAgain.isDue(nowNanos) ? Deadline.NEVER : lowerAgain,
                refresh.isDue(nowNanos)
                        ? Deadline.afterUnlessZero(nowNanos, announcing.refreshNanos())
                        : refresh);
    }
}
