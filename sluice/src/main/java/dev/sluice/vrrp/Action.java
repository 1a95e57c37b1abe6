package dev.sluice.vrrp;

/// What a virtual router wants done, in this order.
public sealed interface Action {

    /// To the group, or to each peer.
    ///
    /// @param sequence for the authentication header, 0 without one
    record Send(Advertisement advertisement, ChecksumForm checksum, long sequence)
            implements Action {}

    /// All addresses and routes, also those that are not advertised.
    record InstallAddresses() implements Action {}

    record RemoveAddresses() implements Action {}

    /// Gratuitous ARP and unsolicited neighbour advertisements: so many rounds over all addresses.
    record Announce(int rounds) implements Action {}

    /// Scripts, FIFOs and mail are to be told.
    record Entered(State.Name state, int priority) implements Action {}

    /// An active router heard one of lower priority: switches may have learnt the wrong way.
    record LowerHeard(int priority) implements Action {}

    record PriorityChanged(State.Name state, int from, int to) implements Action {}

    /// A line of the log, in keepalived's words where it has some.
    record Say(String text) implements Action {}

    /// A line that is due as often as packets come: now and then is enough.
    record Complain(String text) implements Action {}
}
