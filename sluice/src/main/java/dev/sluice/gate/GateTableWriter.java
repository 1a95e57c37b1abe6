package dev.sluice.gate;

import dev.sluice.gate.GateTables.Endpoint;
import dev.sluice.gate.GateTables.Mark;
import dev.sluice.gate.GateTables.Place;
import dev.sluice.gate.layout.EndpointKey;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.MarkKey;
import dev.sluice.gate.layout.Roles;
import dev.sluice.net.bpf.BpfMap;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.wire.Address;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Keeps the three maps that say what is ours, by difference: what is the same in two tables is not
/// looked at.
///
/// A packet goes up when its address has a role and its endpoint a flag. So an endpoint is written
/// before its address and removed after it, and what is in both configurations is there all the
/// time.
final class GateTableWriter {

    /// What the maps say: tables, and this machine's own addresses.
    record Contents(GateTables tables, Set<Address> locals) {

        static final Contents NOTHING = new Contents(GateTables.EMPTY, Set.of());

        int roles(Address address) {
            return tables.roles(address) | (locals.contains(address) ? Roles.LOCAL : 0);
        }
    }

    private final BpfMap endpoints;
    private final BpfMap addresses;
    private final BpfMap marks;

    GateTableWriter(GateMaps maps) {
        this(maps.get(Maps.ENDPOINTS), maps.get(Maps.ADDRESSES), maps.get(Maps.MARKS));
    }

    GateTableWriter(BpfMap endpoints, BpfMap addresses, BpfMap marks) {
        this.endpoints = endpoints;
        this.addresses = addresses;
        this.marks = marks;
    }

    /// Makes the maps say what is wanted.
    ///
    /// @param before what they say; when this throws, they still do
    /// @throws LinuxException when a map has no room
    void write(Contents before, Contents wanted) {
        Changes changes = Changes.between(before, wanted);
        try {
            add(changes);
        } catch (LinuxException e) {
            Changes back = Changes.between(wanted, before);
            remove(back);
            add(back);
            throw e.errno() == Errno.E2BIG ? noRoom() : e;
        }
        remove(changes);
    }

    /// Removes all that is not wanted from maps that somebody else has filled.
    void removeOthers(Contents wanted) {
        Changes all = Changes.between(Contents.NOTHING, wanted);
        removeOthers(addresses, all.addresses);
        removeOthers(marks, all.marks);
        removeOthers(endpoints, all.endpoints);
    }

    private static void removeOthers(BpfMap map, Map<ByteBuffer, Integer> wanted) {
        for (byte[] key : map.keys()) {
            if (!wanted.containsKey(ByteBuffer.wrap(key))) {
                map.delete(key);
            }
        }
    }

    private void add(Changes changes) {
        add(endpoints, changes.endpoints);
        add(marks, changes.marks);
        add(addresses, changes.addresses);
    }

    private void remove(Changes changes) {
        remove(addresses, changes.addresses);
        remove(marks, changes.marks);
        remove(endpoints, changes.endpoints);
    }

    private static void add(BpfMap map, Map<ByteBuffer, Integer> flags) {
        Map<ByteBuffer, ByteBuffer> entries = new HashMap<>();
        flags.forEach((key, present) -> {
            if (present != 0) {
                entries.put(key, Maps.flags(present));
            }
        });
        map.updateAll(entries);
    }

    private static void remove(BpfMap map, Map<ByteBuffer, Integer> flags) {
        flags.forEach((key, present) -> {
            if (present == 0) {
                byte[] bytes = new byte[key.remaining()];
                key.get(key.position(), bytes);
                map.delete(bytes);
            }
        });
    }

    private static LinuxException noRoom() {
        return new LinuxException(
                "bpf(MAP_UPDATE_BATCH)",
                "the gate's maps",
                Errno.E2BIG,
                "the gate has room for %d services and masqueraded real servers together and for %d"
                                .formatted(Maps.MAXIMUM_ENDPOINTS, Maps.MAXIMUM_MARKS)
                        + " firewall marks, and no option raises it; removed ones count until their"
                        + " connections are gone");
    }

    /// Flags by key; 0: to be removed.
    private record Changes(
            Map<ByteBuffer, Integer> endpoints,
            Map<ByteBuffer, Integer> marks,
            Map<ByteBuffer, Integer> addresses) {

        static Changes between(Contents before, Contents wanted) {
            Changes changes = new Changes(new HashMap<>(), new HashMap<>(), new HashMap<>());
            GateTables.changedPlaces(
                    before.tables, wanted.tables, (place, _, flags) -> changes.put(place, flags));
            Set<Address> touched = new HashSet<>();
            GateTables.changedAddresses(
                    before.tables, wanted.tables, (address, _, _) -> touched.add(address));
            if (!before.locals.equals(wanted.locals)) {
                touched.addAll(before.locals);
                touched.addAll(wanted.locals);
            }
            for (Address address : touched) {
                int roles = wanted.roles(address);
                if (roles != before.roles(address)) {
                    changes.addresses.put(EndpointKey.of(address), roles);
                }
            }
            return changes;
        }

        private void put(Place place, int flags) {
            switch (place) {
                case Endpoint at ->
                        endpoints.put(
                                EndpointKey.of(at.address(), at.port(), at.protocol()), flags);
                case Mark at -> marks.put(MarkKey.of(at.family(), at.mark()), flags);
            }
        }
    }
}
