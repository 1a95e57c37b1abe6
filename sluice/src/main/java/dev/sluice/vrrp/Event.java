package dev.sluice.vrrp;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// What happens to a virtual router.
public sealed interface Event {

    record Started() implements Event {}

    /// Its deadline may be over.
    record TimePassed() implements Event {}

    /// An advertisement that passed the checks of [Reception].
    record Heard(Reception.Judgement.Accepted packet) implements Event {}

    /// A tracker's value is known: 1 or 0 for good or bad, or a file's number.
    record Tracked(String tracker, int value) implements Event {}

    /// The address that it sends from, or null when there is none (any more).
    record SourceChanged(@Nullable Address source) implements Event {}

    /// Somebody else removed one of the virtual addresses.
    record AddressLost(Address address) implements Event {}

    /// All of its group are ready.
    record GroupReady() implements Event {}

    /// Another of its group is not active any more.
    record GroupYielded() implements Event {}

    /// Another of its group heard a router of lower priority.
    record GroupContested() implements Event {}

    /// The operator wants ARP and neighbour caches told again.
    record AnnouncementsWanted() implements Event {}

    record StopRequested() implements Event {}
}
