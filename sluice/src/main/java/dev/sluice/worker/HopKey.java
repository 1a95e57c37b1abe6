package dev.sluice.worker;

import dev.sluice.wire.Address;

/// A machine on a link, as the kernel's neighbour tables name it.
public record HopKey(int interfaceIndex, Address address) {}
