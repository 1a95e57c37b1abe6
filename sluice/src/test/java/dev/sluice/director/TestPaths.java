package dev.sluice.director;

import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Paths;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// Routes for tests: every address is reached directly with an MTU of 1500, unless said otherwise.
final class TestPaths implements Paths {

    static final Address DIRECTOR = Address.parse("10.0.0.254");
    static final Address DIRECTOR_6 = Address.parse("2001:db8:10::254");

    private final Map<Address, TestPath> special = new HashMap<>();
    private final Map<Address, TestPath> usual = new HashMap<>();
    private long askedSource;

    record TestPath(Address to, int mtuBytes, boolean isLocal, boolean exists) implements Path {}

    /// The source that the last question was about, of IPv4.
    Address askedSource() {
        return Address.ipv4((int) askedSource);
    }

    void unroutable(Address address) {
        special.put(address, new TestPath(address, 0, false, false));
    }

    void local(Address address) {
        special.put(address, new TestPath(address, 65536, true, true));
    }

    void mtu(Address address, int bytes) {
        special.put(address, new TestPath(address, bytes, false, true));
    }

    @Override
    public Address source(boolean ipv6, long destinationHigh, long destinationLow) {
        return ipv6 ? DIRECTOR_6 : DIRECTOR;
    }

    @Override
    public @Nullable Path find(
            boolean ipv6,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        askedSource = sourceLow;
        Address to = new Address(ipv6 ? Family.IPV6 : Family.IPV4, destinationHigh, destinationLow);
        TestPath path = special.get(to);
        if (path == null) {
            path = usual.computeIfAbsent(to, any -> new TestPath(any, 1500, false, true));
        }
        return path.exists() ? path : null;
    }
}
