package dev.sluice.gate;

import dev.sluice.gate.layout.EndpointKey;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.MarkKey;
import dev.sluice.wire.Address;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/// Keeps the three maps that say what is ours.
///
/// A packet goes up when its address has a role and its endpoint a flag. So an endpoint is written
/// before its address and removed after it, and what is in both configurations is there all the
/// time.
final class GateTableWriter {

    private final MapMirror endpoints;
    private final MapMirror addresses;
    private final MapMirror marks;

    GateTableWriter(GateMaps maps) {
        endpoints = new MapMirror(maps.get(Maps.ENDPOINTS));
        addresses = new MapMirror(maps.get(Maps.ADDRESSES));
        marks = new MapMirror(maps.get(Maps.MARKS));
    }

    /// Adds what is new.
    ///
    /// @param roles those of the tables, and of local addresses
    void add(GateTables tables, Map<Address, Integer> roles) {
        endpoints.add(endpoints(tables));
        marks.add(marks(tables));
        addresses.add(addresses(roles));
    }

    /// Removes what is gone.
    void remove(GateTables tables, Map<Address, Integer> roles) {
        addresses.remove(addresses(roles));
        marks.remove(marks(tables));
        endpoints.remove(endpoints(tables));
    }

    private static Map<ByteBuffer, ByteBuffer> endpoints(GateTables tables) {
        Map<ByteBuffer, ByteBuffer> entries = new HashMap<>();
        tables.endpoints()
                .forEach((endpoint, flags) ->
                        entries.put(
                                EndpointKey.of(
                                        endpoint.address(), endpoint.port(), endpoint.protocol()),
                                Maps.flags(flags)));
        return entries;
    }

    private static Map<ByteBuffer, ByteBuffer> marks(GateTables tables) {
        Map<ByteBuffer, ByteBuffer> entries = new HashMap<>();
        tables.marks()
                .forEach((mark, flags) ->
                        entries.put(MarkKey.of(mark.family(), mark.mark()), Maps.flags(flags)));
        return entries;
    }

    private static Map<ByteBuffer, ByteBuffer> addresses(Map<Address, Integer> roles) {
        Map<ByteBuffer, ByteBuffer> entries = new HashMap<>();
        roles.forEach((address, role) -> entries.put(EndpointKey.of(address), Maps.flags(role)));
        return entries;
    }
}
