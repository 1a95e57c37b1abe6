package dev.sluice.director.connection;

import static dev.sluice.director.connection.ConnectionTable.NONE;

import dev.sluice.wire.Flow;

import java.lang.foreign.Arena;

/// Connection records, field by field, named by id.
///
/// An IPv4 record is 64 bytes, one cache line:
///
/// ```
///  0 client address 4 │  4 virtual address 4 │  8 real address 4 │ 12 client port 2 │ 14 virtual port 2
/// 16 real port 2      │ 18 generation 2      │ 20 flags 3, state 1                  │ 24 mark 4
/// 28 deadline 4       │ 32 timeout 4         │ 36 wheel next 4   │ 40 wheel previous 4
/// 44 real server 4    │ 48 controller 4      │ 52 children 4     │ 56 packets 4
/// 60 service 3, protocol 1
/// ```
///
/// An IPv6 record is 128 bytes: client 16, virtual 16 and real address 16, then the fields from 12
/// on in the same order, and 28 bytes to spare. So all fields but addresses lie at the same
/// distance from a base, which is 36 bytes further in an IPv6 record.
///
/// Ids are positive; bit 30 tells the family. An id may be given to another connection as soon as
/// this one is removed; [#generation] tells them apart. Fields of a removed connection mean
/// nothing. Every method takes the id of a live connection, unchecked.
///
/// Writing an address, a port, the protocol, the service, or the flag TEMPLATE of a connection that
/// is [ConnectionFlags#HASHED] would lose it; see [ConnectionTable#unindex].
public final class ConnectionRecords {

    private static final int IPV6 = 1 << 30;
    private static final int IPV4_BYTES = 64;
    private static final int IPV6_BYTES = 128;
    private static final int IPV6_SHIFT = 36;

    private static final int CLIENT_ADDRESS = 0;
    private static final int VIRTUAL_ADDRESS = 4;
    private static final int REAL_ADDRESS = 8;

    /// Relative to the base, as all below.
    private static final int CLIENT_ADDRESS_IPV6 = -36;

    private static final int VIRTUAL_ADDRESS_IPV6 = -20;
    private static final int REAL_ADDRESS_IPV6 = -4;
    private static final int CLIENT_PORT = 12;
    private static final int VIRTUAL_PORT = 14;
    private static final int REAL_PORT = 16;
    private static final int GENERATION = 18;
    private static final int FLAGS = 20;
    private static final int STATE = 23;
    private static final int MARK = 24;
    private static final int DEADLINE = 28;
    private static final int TIMEOUT = 32;
    private static final int WHEEL_NEXT = 36;
    private static final int WHEEL_PREVIOUS = 40;
    private static final int SERVER = 44;
    private static final int CONTROLLER = 48;
    private static final int CHILDREN = 52;
    private static final int PACKETS = 56;
    private static final int SERVICE = 60;
    private static final int PROTOCOL = 63;
    private static final int LOW_24 = 0xff_ffff;

    private final Slab ipv4;
    private final Slab ipv6;

    ConnectionRecords(Arena arena) {
        ipv4 = new Slab(arena, IPV4_BYTES);
        ipv6 = new Slab(arena, IPV6_BYTES);
    }

    public static boolean isIpv6(int id) {
        return (id & IPV6) != 0;
    }

    /// Upper half of the client's address; 0 for IPv4, as in `wire.Address`.
    public long clientHigh(int id) {
        return high(id, CLIENT_ADDRESS_IPV6);
    }

    public long clientLow(int id) {
        return low(id, CLIENT_ADDRESS, CLIENT_ADDRESS_IPV6);
    }

    public int clientPort(int id) {
        return Memory.u16(base(id) + CLIENT_PORT);
    }

    public void setClient(int id, long high, long low, int port) {
        setAddress(id, CLIENT_ADDRESS, CLIENT_ADDRESS_IPV6, high, low);
        Memory.u16(base(id) + CLIENT_PORT, port);
    }

    public long virtualHigh(int id) {
        return high(id, VIRTUAL_ADDRESS_IPV6);
    }

    public long virtualLow(int id) {
        return low(id, VIRTUAL_ADDRESS, VIRTUAL_ADDRESS_IPV6);
    }

    public int virtualPort(int id) {
        return Memory.u16(base(id) + VIRTUAL_PORT);
    }

    public void setVirtual(int id, long high, long low, int port) {
        setAddress(id, VIRTUAL_ADDRESS, VIRTUAL_ADDRESS_IPV6, high, low);
        Memory.u16(base(id) + VIRTUAL_PORT, port);
    }

    public long realHigh(int id) {
        return high(id, REAL_ADDRESS_IPV6);
    }

    public long realLow(int id) {
        return low(id, REAL_ADDRESS, REAL_ADDRESS_IPV6);
    }

    public int realPort(int id) {
        return Memory.u16(base(id) + REAL_PORT);
    }

    public void setReal(int id, long high, long low, int port) {
        setAddress(id, REAL_ADDRESS, REAL_ADDRESS_IPV6, high, low);
        Memory.u16(base(id) + REAL_PORT, port);
    }

    /// The IP protocol number, 0 for a template of a mark service.
    public int protocol(int id) {
        return Memory.u8(base(id) + PROTOCOL);
    }

    public void setProtocol(int id, int protocol) {
        Memory.u8(base(id) + PROTOCOL, protocol);
    }

    /// The state of the protocol's machine, 0–255.
    public int state(int id) {
        return Memory.u8(base(id) + STATE);
    }

    public void setState(int id, int state) {
        Memory.u8(base(id) + STATE, state);
    }

    /// See [ConnectionFlags].
    public int flags(int id) {
        return Memory.i32(base(id) + FLAGS) & LOW_24;
    }

    /// Replaces the flags, except those that the table keeps itself.
    public void setFlags(int id, int flags) {
        replaceFlags(id, LOW_24 & ~ConnectionFlags.INTERNAL, flags);
    }

    /// The firewall mark of the packet that made the connection.
    public int mark(int id) {
        return Memory.i32(base(id) + MARK);
    }

    public void setMark(int id, int mark) {
        Memory.i32(base(id) + MARK, mark);
    }

    /// When the connection expires, in ticks.
    public int deadlineTicks(int id) {
        return Memory.i32(base(id) + DEADLINE);
    }

    /// What the next restart of the timer sets.
    public int timeoutTicks(int id) {
        return Memory.i32(base(id) + TIMEOUT);
    }

    /// Takes effect with the next [ConnectionTable#restart].
    ///
    /// @param ticks 0 to [ConnectionTable#MAX_TIMEOUT_TICKS]
    public void setTimeoutTicks(int id, int ticks) {
        Memory.i32(base(id) + TIMEOUT, ticks);
    }

    /// The id of the real server, or [ConnectionTable#NONE].
    public int server(int id) {
        return Memory.i32(base(id) + SERVER);
    }

    public void setServer(int id, int server) {
        Memory.i32(base(id) + SERVER, server);
    }

    /// The id of the virtual service, −1 (none) to 8388607.
    public int service(int id) {
        return Memory.i32(base(id) + SERVICE) << 8 >> 8;
    }

    public void setService(int id, int service) {
        long at = base(id) + SERVICE;
        Memory.i32(at, Memory.i32(at) & ~LOW_24 | service & LOW_24);
    }

    /// The connection that controls this one, or [ConnectionTable#NONE]: a template, or an FTP
    /// control connection. It outlives this one.
    public int controller(int id) {
        int controller = Memory.i32(base(id) + CONTROLLER);
        return controller == 0 ? NONE : controller;
    }

    /// How many connections this one controls.
    public int children(int id) {
        return Memory.i32(base(id) + CHILDREN);
    }

    /// Packets of the client seen.
    public int packets(int id) {
        return Memory.i32(base(id) + PACKETS);
    }

    public void setPackets(int id, int packets) {
        Memory.i32(base(id) + PACKETS, packets);
    }

    /// 0–65535; differs between a connection and the next one with its id.
    public int generation(int id) {
        return Memory.u16(base(id) + GENERATION);
    }

    int allocate(boolean isIpv6) {
        int index = isIpv6 ? ipv6.allocate() : ipv4.allocate();
        if (index == 0) {
            return NONE;
        }
        int id = isIpv6 ? index | IPV6 : index;
        int generation = generation(id);
        Memory.clear(start(id), isIpv6 ? IPV6_BYTES : IPV4_BYTES);
        Memory.u16(base(id) + GENERATION, generation);
        setServer(id, NONE);
        setService(id, NONE);
        replaceFlags(id, ConnectionFlags.LIVE, ConnectionFlags.LIVE);
        return id;
    }

    void free(int id) {
        Memory.u16(base(id) + GENERATION, generation(id) + 1);
        Memory.i32(base(id) + FLAGS, 0);
        if (isIpv6(id)) {
            ipv6.free(id ^ IPV6);
        } else {
            ipv4.free(id);
        }
    }

    /// Whether the record is in use. The id must have been given out once.
    boolean isLive(int id) {
        return (flags(id) & ConnectionFlags.LIVE) != 0;
    }

    /// The id after this one in the order of memory, IPv4 first; NONE behind the last. Begin with
    /// 0.
    int after(int id) {
        int next = id + 1;
        if (!isIpv6(next)) {
            if (next < ipv4.end()) {
                return next;
            }
            next = IPV6 | 1;
        }
        return (next ^ IPV6) < ipv6.end() ? next : NONE;
    }

    /// How many ids were ever given out at one time.
    int places() {
        return ipv4.end() - 1 + ipv6.end() - 1;
    }

    /// The id that was given out at a place from 0 on, IPv4 first.
    int at(int place) {
        int ipv4Places = ipv4.end() - 1;
        return place < ipv4Places ? place + 1 : place - ipv4Places + 1 | IPV6;
    }

    void replaceFlags(int id, int mask, int flags) {
        long at = base(id) + FLAGS;
        Memory.i32(at, Memory.i32(at) & ~mask | flags & mask);
    }

    void setController(int id, int controller) {
        Memory.i32(base(id) + CONTROLLER, controller == NONE ? 0 : controller);
    }

    void setChildren(int id, int children) {
        Memory.i32(base(id) + CHILDREN, children);
    }

    void setDeadlineTicks(int id, int ticks) {
        Memory.i32(base(id) + DEADLINE, ticks);
    }

    /// The next record in the wheel's list, or 0.
    int wheelNext(int id) {
        return Memory.i32(base(id) + WHEEL_NEXT);
    }

    void setWheelNext(int id, int next) {
        Memory.i32(base(id) + WHEEL_NEXT, next);
    }

    /// The previous record in the wheel's list; the complement of a slot for the first; 0 when the
    /// record is not linked.
    int wheelPrevious(int id) {
        return Memory.i32(base(id) + WHEEL_PREVIOUS);
    }

    void setWheelPrevious(int id, int previous) {
        Memory.i32(base(id) + WHEEL_PREVIOUS, previous);
    }

    int wheelLevel(int id) {
        return (flags(id) & ConnectionFlags.WHEEL_LEVEL) >>> ConnectionFlags.WHEEL_LEVEL_SHIFT;
    }

    void setWheelLevel(int id, int level) {
        replaceFlags(id, ConnectionFlags.WHEEL_LEVEL, level << ConnectionFlags.WHEEL_LEVEL_SHIFT);
    }

    /// Whether the flow is one between this connection's client and virtual endpoint; it is of the
    /// connection's family.
    boolean isBetweenClientAndVirtual(int id, Flow flow, Direction direction) {
        boolean fromClient = direction == Direction.FROM_CLIENT;
        long clientLow = fromClient ? flow.sourceLow() : flow.destinationLow();
        long virtualLow = fromClient ? flow.destinationLow() : flow.sourceLow();
        int clientPort = fromClient ? flow.sourcePort() : flow.destinationPort();
        int virtualPort = fromClient ? flow.destinationPort() : flow.sourcePort();
        long base = base(id);
        boolean same =
                Memory.i32(base + CLIENT_PORT) == (clientPort | virtualPort << 16)
                        && Memory.u8(base + PROTOCOL) == flow.protocol();
        if (isIpv6(id)) {
            long clientHigh = fromClient ? flow.sourceHigh() : flow.destinationHigh();
            long virtualHigh = fromClient ? flow.destinationHigh() : flow.sourceHigh();
            return same
                    && Memory.i64(base + CLIENT_ADDRESS_IPV6) == clientHigh
                    && Memory.i64(base + CLIENT_ADDRESS_IPV6 + 8) == clientLow
                    && Memory.i64(base + VIRTUAL_ADDRESS_IPV6) == virtualHigh
                    && Memory.i64(base + VIRTUAL_ADDRESS_IPV6 + 8) == virtualLow;
        }
        return same
                && Memory.i64(base + CLIENT_ADDRESS)
                        == (clientLow & 0xffff_ffffL | virtualLow << 32);
    }

    /// Whether the flow is one between this connection's client and real endpoint; it is of the
    /// connection's family.
    boolean isBetweenClientAndReal(int id, Flow flow, Direction direction) {
        boolean fromClient = direction == Direction.FROM_CLIENT;
        long clientLow = fromClient ? flow.sourceLow() : flow.destinationLow();
        long realLow = fromClient ? flow.destinationLow() : flow.sourceLow();
        int clientPort = fromClient ? flow.sourcePort() : flow.destinationPort();
        int realPort = fromClient ? flow.destinationPort() : flow.sourcePort();
        long base = base(id);
        boolean same =
                Memory.u16(base + CLIENT_PORT) == clientPort
                        && Memory.u16(base + REAL_PORT) == realPort
                        && Memory.u8(base + PROTOCOL) == flow.protocol();
        if (isIpv6(id)) {
            long clientHigh = fromClient ? flow.sourceHigh() : flow.destinationHigh();
            long realHigh = fromClient ? flow.destinationHigh() : flow.sourceHigh();
            return same
                    && Memory.i64(base + CLIENT_ADDRESS_IPV6) == clientHigh
                    && Memory.i64(base + CLIENT_ADDRESS_IPV6 + 8) == clientLow
                    && Memory.i64(base + REAL_ADDRESS_IPV6) == realHigh
                    && Memory.i64(base + REAL_ADDRESS_IPV6 + 8) == realLow;
        }
        return same
                && Memory.i32(base + CLIENT_ADDRESS) == (int) clientLow
                && Memory.i32(base + REAL_ADDRESS) == (int) realLow;
    }

    long bytes() {
        return ipv4.bytes() + ipv6.bytes();
    }

    private long high(int id, int ipv6Offset) {
        return isIpv6(id) ? Memory.i64(base(id) + ipv6Offset) : 0;
    }

    private long low(int id, int ipv4Offset, int ipv6Offset) {
        long base = base(id);
        return isIpv6(id)
                ? Memory.i64(base + ipv6Offset + 8)
                : Memory.i32(base + ipv4Offset) & 0xffff_ffffL;
    }

    private void setAddress(int id, int ipv4Offset, int ipv6Offset, long high, long low) {
        long base = base(id);
        if (isIpv6(id)) {
            Memory.i64(base + ipv6Offset, high);
            Memory.i64(base + ipv6Offset + 8, low);
        } else {
            Memory.i32(base + ipv4Offset, (int) low);
        }
    }

    private long start(int id) {
        return isIpv6(id) ? ipv6.address(id ^ IPV6) : ipv4.address(id);
    }

    private long base(int id) {
        return isIpv6(id) ? ipv6.address(id ^ IPV6) + IPV6_SHIFT : ipv4.address(id);
    }
}
