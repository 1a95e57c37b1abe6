package dev.sluice.net.netlink;

/// A change the kernel tells about. `removed` means that it is gone; else it is new or different.
public sealed interface NetworkEvent {

    record LinkEvent(Link link, boolean removed) implements NetworkEvent {}

    record AddressEvent(InterfaceAddress address, boolean removed) implements NetworkEvent {}

    record RouteEvent(Route route, boolean removed) implements NetworkEvent {}

    record RuleEvent(Rule rule, boolean removed) implements NetworkEvent {}

    /// An object that routes refer to is new, different or gone.
    record NextHopEvent() implements NetworkEvent {}

    record NeighbourEvent(Neighbour neighbour, boolean removed) implements NetworkEvent {}

    /// Changes came faster than they were read and some are lost: list everything again.
    record Lost() implements NetworkEvent {}
}
