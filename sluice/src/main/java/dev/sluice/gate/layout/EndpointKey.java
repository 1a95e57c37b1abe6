package dev.sluice.gate.layout;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.nio.ByteBuffer;

/// The key of [Maps#ENDPOINTS] and of [Maps#ADDRESSES], where port and protocol are 0. All in
/// network order, as in packets.
///
/// ```
///  0                                16       18         19       20
/// +--------------------------------+--------+----------+--------+
/// | address (IPv4: the last four)  |  port  | protocol | family |
/// +--------------------------------+--------+----------+--------+
/// ```
public final class EndpointKey {

    public static final int ADDRESS = 0;
    public static final int ADDRESS_BYTES = 16;

    /// Where an IPv4 address starts; zeros stand before it.
    public static final int IPV4_ADDRESS = ADDRESS + 12;

    public static final int PORT = 16;
    public static final int PROTOCOL = 18;
    public static final int FAMILY = 19;
    public static final int BYTES = 20;

    // The families' numbers are those of sockets.
    public static final int IPV4 = 2;
    public static final int IPV6 = 10;

    private EndpointKey() {}

    /// Of an address alone.
    public static ByteBuffer of(Address address) {
        return of(address, 0, 0);
    }

    /// Of an address and port.
    ///
    /// @param port 0 for all that have no entry of their own
    public static ByteBuffer of(Address address, int port, int protocol) {
        return ByteBuffer.allocate(BYTES)
                .putLong(ADDRESS, address.high())
                .putLong(ADDRESS + Long.BYTES, address.low())
                .putShort(PORT, (short) port)
                .put(PROTOCOL, (byte) protocol)
                .put(FAMILY, (byte) number(address.family()));
    }

    static int number(Family family) {
        return family == Family.IPV6 ? IPV6 : IPV4;
    }
}
