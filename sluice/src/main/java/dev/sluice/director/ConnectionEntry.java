package dev.sluice.director;

import dev.sluice.director.connection.ConnectionFlags;
import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.protocol.Transport;
import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

/// A connection or template at one moment, for listings.
///
/// @param protocol null for the template of a mark service, which holds for every protocol
/// @param client its port is 0 in a template
/// @param virtual in the template of a mark service the mark, read as an address
/// @param state as `ipvsadm -Lc` prints it: the TCP state, `UDP`, or `NONE` or `ASSURED` of a
///   template
/// @param remainingSeconds whole seconds until it expires
public record ConnectionEntry(
        @Nullable Protocol protocol,
        Address client,
        int clientPort,
        Address virtual,
        int virtualPort,
        Address real,
        int realPort,
        String state,
        int remainingSeconds,
        boolean isTemplate) {

    /// @param server the real server's address, null when it is gone; a record has no room for one
    ///   of the other family
    static ConnectionEntry of(
            ConnectionRecords records,
            int id,
            String state,
            int remainingSeconds,
            @Nullable Address server) {
        boolean ipv6 = ConnectionRecords.isIpv6(id);
        return new ConnectionEntry(
                protocol(records.protocol(id)),
                address(ipv6, records.clientHigh(id), records.clientLow(id)),
                records.clientPort(id),
                address(ipv6, records.virtualHigh(id), records.virtualLow(id)),
                records.virtualPort(id),
                server != null && server.isIpv6() != ipv6
                        ? server
                        : address(ipv6, records.realHigh(id), records.realLow(id)),
                records.realPort(id),
                state,
                remainingSeconds,
                (records.flags(id) & ConnectionFlags.TEMPLATE) != 0);
    }

    private static @Nullable Protocol protocol(int number) {
        Transport transport = Transport.of(number);
        return transport == null ? null : transport.protocol();
    }

    private static Address address(boolean ipv6, long high, long low) {
        return new Address(ipv6 ? Family.IPV6 : Family.IPV4, high, low);
    }
}
