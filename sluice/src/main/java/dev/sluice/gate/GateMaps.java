package dev.sluice.gate;

import dev.sluice.gate.GateTables.Endpoint;
import dev.sluice.gate.GateTables.Mark;
import dev.sluice.net.bpf.BpfMap;
import dev.sluice.net.bpf.BpfMap.Shape;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The maps that the programs and Java share, and the layout of their keys and values.
///
/// Addresses and ports are in network order, as in packets; other numbers in the machine's. The
/// keys of `addresses` and `endpoints` have one layout; an address alone has port and protocol 0:
///
/// ```
///  0                                16       18         19       20
/// +--------------------------------+--------+----------+--------+
/// | address (IPv4: the last four)  |  port  | protocol | family |
/// +--------------------------------+--------+----------+--------+
/// ```
///
/// | Map | Key → value |
/// | --- | --- |
/// | `settings` | 0 → ifindex of `slow1` 4, workers 4, steering key 8 + 8, client masks of IPv4 16 and IPv6 16 |
/// | `heartbeat` | worker → CLOCK_MONOTONIC in nanoseconds of its last round |
/// | `addresses` | address → roles |
/// | `endpoints` | endpoint → flags |
/// | `marks` | mark 4, family 4 → flags |
/// | `interfaces` | ifindex → its MAC address 6, and 2 bytes of zeros |
/// | `counters` | [Decision] → packets, for each processor |
final class GateMaps implements AutoCloseable {

    static final int ENDPOINT_KEY_BYTES = 20;
    static final int KEY_PORT = 16;
    static final int KEY_PROTOCOL = 18;
    static final int KEY_FAMILY = 19;

    // The families' numbers are those of sockets.
    static final int IPV4 = 2;
    static final int IPV6 = 10;

    static final int SETTING_WORKER_END = 0;
    static final int SETTING_WORKERS = 4;
    static final int SETTING_KEY0 = 8;
    static final int SETTING_KEY1 = 16;

    /// What is kept of an address that steers alone; laid out like one.
    static final int SETTING_MASK4 = 24;

    static final int SETTING_MASK6 = 40;
    private static final int SETTINGS_BYTES = 56;

    static final int MAXIMUM_WORKERS = 64;
    static final int MAXIMUM_ENDPOINTS = 1 << 17;

    static final Shape SETTINGS = Shape.array("settings", SETTINGS_BYTES, 1);
    static final Shape HEARTBEAT = Shape.mappedArray("heartbeat", Long.BYTES, MAXIMUM_WORKERS);
    static final Shape ADDRESSES =
            Shape.hash("addresses", ENDPOINT_KEY_BYTES, Integer.BYTES, MAXIMUM_ENDPOINTS);
    static final Shape ENDPOINTS =
            Shape.hash("endpoints", ENDPOINT_KEY_BYTES, Integer.BYTES, MAXIMUM_ENDPOINTS);
    static final Shape MARKS = Shape.hash("marks", 8, Integer.BYTES, 4096);
    static final Shape INTERFACES = Shape.hash("interfaces", Integer.BYTES, 8, 4096);
    static final Shape COUNTERS =
            Shape.perCpuArray("counters", Long.BYTES, Decision.values().length);

    private static final List<Shape> ALL =
            List.of(SETTINGS, HEARTBEAT, ADDRESSES, ENDPOINTS, MARKS, INTERFACES, COUNTERS);

    private final Map<String, BpfMap> maps;
    private final boolean adopted;

    private GateMaps(Map<String, BpfMap> maps, boolean adopted) {
        this.maps = maps;
        this.adopted = adopted;
    }

    /// New maps, not pinned.
    static GateMaps create() {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        ALL.forEach(shape -> maps.put(shape.name(), BpfMap.create(shape)));
        return new GateMaps(maps, false);
    }

    /// The maps pinned in a directory; when one is missing or has another shape, new ones.
    static GateMaps open(Path directory) {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        for (Shape shape : ALL) {
            BpfMap map = BpfMap.open(directory.resolve(shape.name()).toString(), shape);
            if (map == null) {
                maps.values().forEach(BpfMap::close);
                return create();
            }
            maps.put(shape.name(), map);
        }
        return new GateMaps(maps, true);
    }

    /// Whether they were there already.
    boolean adopted() {
        return adopted;
    }

    void pin(Path directory) {
        maps.forEach((name, map) -> map.pin(directory.resolve(name).toString()));
    }

    static List<String> names() {
        List<String> names = new ArrayList<>();
        ALL.forEach(shape -> names.add(shape.name()));
        return names;
    }

    Map<String, BpfMap> byName() {
        return maps;
    }

    BpfMap get(Shape shape) {
        return Objects.requireNonNull(maps.get(shape.name()));
    }

    void writeSettings(
            int workerEnd, int workers, long key0, long key1, Address mask4, Address mask6) {
        byte[] settings = new byte[SETTINGS_BYTES];
        ByteBuffer.wrap(settings)
                .order(ByteOrder.nativeOrder())
                .putInt(SETTING_WORKER_END, workerEnd)
                .putInt(SETTING_WORKERS, workers)
                .putLong(SETTING_KEY0, key0)
                .putLong(SETTING_KEY1, key1);
        ByteBuffer.wrap(settings) // network order
                .putLong(SETTING_MASK4, mask4.high())
                .putLong(SETTING_MASK4 + Long.BYTES, mask4.low())
                .putLong(SETTING_MASK6, mask6.high())
                .putLong(SETTING_MASK6 + Long.BYTES, mask6.low());
        get(SETTINGS).update(BpfMap.key(0), settings);
    }

    long count(Decision decision) {
        return get(COUNTERS).sum(decision.ordinal());
    }

    @Override
    public void close() {
        maps.values().forEach(BpfMap::close);
    }

    // Keys and values.

    static ByteBuffer key(Address address) {
        return key(new Endpoint(address, 0, 0));
    }

    static ByteBuffer key(Endpoint endpoint) {
        Address address = endpoint.address();
        ByteBuffer key = ByteBuffer.allocate(ENDPOINT_KEY_BYTES); // network order
        return key.putLong(address.high())
                .putLong(address.low())
                .putShort((short) endpoint.port())
                .put((byte) endpoint.protocol())
                .put((byte) number(address.family()))
                .flip();
    }

    static ByteBuffer key(Mark mark) {
        return buffer(8).putInt(mark.mark()).putInt(number(mark.family())).flip();
    }

    static ByteBuffer interfaceKey(int index) {
        return buffer(4).putInt(index).flip();
    }

    /// @param mac in the low 48 bits
    static ByteBuffer macValue(long mac) {
        return ByteBuffer.allocate(8).putLong(mac << 16).flip(); // network order
    }

    static ByteBuffer value(int flags) {
        return buffer(4).putInt(flags).flip();
    }

    private static int number(Family family) {
        return family == Family.IPV6 ? IPV6 : IPV4;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }
}
