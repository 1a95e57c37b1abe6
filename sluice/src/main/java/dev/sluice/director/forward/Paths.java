package dev.sluice.director.forward;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// The routes of the machine, as the director asks for them: once for each packet it forwards, so
/// an implementation answers from a cache.
public interface Paths {

    /// The path to a destination, or null when there is no route. Addresses are pairs as in
    /// [dev.sluice.wire.Address]; a source of 0/0 lets the machine choose.
    @Nullable Path find(
            boolean ipv6,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow);

    /// The address that packets of this machine's own to a destination come from, or null when
    /// there is none. Asked once for each packet that is wrapped.
    @Nullable Address source(boolean ipv6, long destinationHigh, long destinationLow);
}
