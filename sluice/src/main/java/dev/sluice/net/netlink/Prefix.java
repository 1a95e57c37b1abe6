package dev.sluice.net.netlink;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

/// The addresses that begin with the same bits: what a route or a rule is about.
///
/// @param first the lowest of them
/// @param bits how many begin alike, 0 for all addresses of the family
public record Prefix(Address first, int bits) {

    /// That of any address in it.
    public static Prefix of(Address address, int bits) {
        int zeros = address.bits() - bits;
        long low = zeros >= 64 ? 0 : address.low() & -1L << zeros;
        long high = zeros >= 128 ? 0 : zeros <= 64 ? address.high() : address.high() & -1L << zeros;
        return new Prefix(new Address(address.family(), high, low), bits);
    }

    public boolean contains(Family family, long high, long low) {
        int zeros = first.bits() - bits;
        long lowMask = zeros >= 64 ? 0 : -1L << zeros;
        long highMask = zeros <= 64 ? -1L : zeros >= 128 ? 0 : -1L << zeros;
        return family == first.family()
                && (high & highMask) == first.high()
                && (low & lowMask) == first.low();
    }

    @Override
    public String toString() {
        return first + "/" + bits;
    }
}
