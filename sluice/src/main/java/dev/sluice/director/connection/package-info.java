/// The connections a worker holds. Start at [ConnectionTable]; fields are in [ConnectionRecords],
/// flag bits in [ConnectionFlags].
///
/// A packet's way through it:
///
/// ```java
/// ConnectionTable table = new ConnectionTable(arena, 10_000_000, random0, random1, nowTicks);
/// ConnectionRecords records = table.records();
///
/// int id = table.findIn(packet.flow(), Direction.FROM_CLIENT);
/// if (id == ConnectionTable.NONE) {
///     id = table.create(packet.isIpv6());                     // NONE: beyond the maximum
///     records.setProtocol(id, protocol);
///     records.setClient(id, sourceHigh, sourceLow, sourcePort);
///     records.setVirtual(id, …);
///     records.setReal(id, …);
///     records.setFlags(id, forwarding.kernelFlag());
///     records.setServer(id, server.id());
///     records.setService(id, service.id());
///     records.setTimeoutTicks(id, 3 * 250);
///     table.insert(id, repliesPass, nowTicks);
///     table.control(id, template);                            // if there is one
/// }
/// records.setState(id, next);
/// records.setTimeoutTicks(id, timeout);
/// table.restart(id, nowTicks);
/// ```
///
/// Pure: it knows native memory, but no clock, thread, packet, service or server, and of flows only
/// who talks to whom. Ticks are `(int) (nanos / 4_000_000)`.
@NullMarked
package dev.sluice.director.connection;

import org.jspecify.annotations.NullMarked;
