package dev.sluice.director.connection;

import java.lang.foreign.Arena;
import java.util.function.IntConsumer;

/// One worker's connections: found by packet in either direction, held until their deadline.
///
/// ## Model
///
/// A connection is a record of fixed size in native memory ([ConnectionRecords]), named by a
/// positive id. Two structures lead to it, and both store only the id:
///
/// ```
///   packet ──hash──► FlowIndex ──id──► record ◄──links── TimerWheel ◄── time
/// ```
///
/// | Key | Of | Found by |
/// | --- | --- | --- |
/// | in: protocol, client, virtual endpoint | every connection | [#findIn], and by [#findOut] unless NAT |
/// | out: protocol, client, real endpoint | NAT connections | [#findOut] |
/// | template: protocol, client address, virtual endpoint, service | templates | [#findTemplate] |
///
/// One hash function serves both directions, client first, so a packet is hashed once per question.
/// The index stores the hash; only an equal hash leads to a look at the record, where the whole key
/// is compared. A template's key also holds the service, so two services with the same template key
/// in the kernel (FTP and all-ports on one address) do not share stickiness (ipvs.md §12, 23).
///
/// ## Life
///
/// ```java
/// int id = table.create(packet.isIpv6());       // NONE: the maximum is reached, counted
/// records.setProtocol(id, 6);                   // … all fields of its keys, flags, timeout
/// table.insert(id, nowTicks);                   // now it is found, and its timer runs
/// …
/// table.restart(id, nowTicks);                  // each packet
/// …
/// table.advance(nowTicks, 256, expired);        // expired(id) restarts it or removes it
/// ```
///
/// ## Equal keys
///
/// Nothing forbids two connections with the same key. The kernel finds the one inserted last, and
/// so does this table; when it goes, the one before is found again. In the out direction that is a
/// real conflict (two services, one server port, one client port: replies leave with the wrong
/// address); ask with [#findOut] before the insertion, or with [#isAmbiguous] after it. Only the
/// newest eight are kept findable.
///
/// ## Memory and cost
///
/// IPv4, NAT: a record of 64 bytes and two entries of 8 bytes in an index that is 42 to 65 % full:
/// 89 to 102 bytes per connection, while growing too, plus 300 KiB. Growth comes in steps of one
/// chunk (256 KiB of records) or one index segment (32 KiB); nothing is ever copied whole. A
/// look-up reads one line of the index and one of the record. Among millions of connections those
/// are cache misses, which overlap when a burst is announced by [#prefetch].
///
/// Memory is the arena's: it must outlive the table, and nothing is returned before it is closed.
/// Using the table after that ends the process.
///
/// ## Threads
///
/// One thread owns it. Time is told: 32-bit ticks of 4 ms that may wrap.
public final class ConnectionTable {

    /// No connection, no server, no service.
    public static final int NONE = -1;

    public static final int TICK_MILLIS = 4;

    /// 31 days, the longest that IPVS accepts.
    public static final int MAX_TIMEOUT_TICKS = 2_678_400 * (1000 / TICK_MILLIS);

    /// Some three megabytes of records and index, more than a core's own cache holds.
    private static final int PREFETCH_CONNECTIONS = 1 << 15;

    private static final int IN = 0;
    private static final int OUT = 1;

    /// Bytes hashed: two addresses, two ports, protocol, and for a template eight for the service.
    private static final long IPV4_KEY_BYTES = 13;

    private static final long IPV6_KEY_BYTES = 37;
    private static final long SERVICE_BYTES = 8;

    private final ConnectionRecords records;
    private final FlowIndex index;
    private final TimerWheel wheel;
    private final SipHash sipHash;
    private int maxConnections;
    private int connections;
    private long refused;
    private long ambiguous;

    /// Keeps [#prefetch] from being optimised away.
    @SuppressWarnings("UnusedVariable")
    private long touched;

    /// @param hashKey0 with `hashKey1` 128 random bits that no client may learn
    public ConnectionTable(
            Arena arena, int maxConnections, long hashKey0, long hashKey1, int nowTicks) {
        this.records = new ConnectionRecords(arena);
        this.index = new FlowIndex(arena);
        this.wheel = new TimerWheel(records, nowTicks);
        this.sipHash = new SipHash(hashKey0, hashKey1);
        this.maxConnections = maxConnections;
    }

    /// The fields of connections.
    public ConnectionRecords records() {
        return records;
    }

    /// What [#findIn] and [#findOut] look for: the client's endpoint is the packet's source on the
    /// way in and its destination on the way out; `other` is the other one. Never 0.
    public int hash(
            boolean isIpv6,
            int protocol,
            long clientHigh,
            long clientLow,
            int clientPort,
            long otherHigh,
            long otherLow,
            int otherPort) {
        long tail = clientPort | (long) otherPort << 16 | (long) protocol << 32;
        SipHash hash = sipHash.begin();
        if (isIpv6) {
            hash.add(clientHigh).add(clientLow).add(otherHigh).add(otherLow);
            return nonZero(hash.end(tail | IPV6_KEY_BYTES << 56));
        }
        hash.add(clientLow & 0xffff_ffffL | otherLow << 32);
        return nonZero(hash.end(tail | IPV4_KEY_BYTES << 56));
    }

    /// The connection of a packet from the client, or NONE. Never a template.
    public int findIn(
            int hash,
            boolean isIpv6,
            int protocol,
            long clientHigh,
            long clientLow,
            int clientPort,
            long virtualHigh,
            long virtualLow,
            int virtualPort) {
        for (long entry = index.first(hash); entry != 0; entry = index.next(hash, entry)) {
            int id = FlowIndex.id(entry);
            if (ConnectionRecords.isIpv6(id) == isIpv6
                    && records.isBetweenClientAndVirtual(
                            id,
                            protocol,
                            clientHigh,
                            clientLow,
                            clientPort,
                            virtualHigh,
                            virtualLow,
                            virtualPort)
                    && (records.flags(id) & ConnectionFlags.TEMPLATE) == 0) {
                return id;
            }
        }
        return NONE;
    }

    public int findIn(
            boolean isIpv6,
            int protocol,
            long clientHigh,
            long clientLow,
            int clientPort,
            long virtualHigh,
            long virtualLow,
            int virtualPort) {
        int hash =
                hash(
                        isIpv6,
                        protocol,
                        clientHigh,
                        clientLow,
                        clientPort,
                        virtualHigh,
                        virtualLow,
                        virtualPort);
        return findIn(
                hash,
                isIpv6,
                protocol,
                clientHigh,
                clientLow,
                clientPort,
                virtualHigh,
                virtualLow,
                virtualPort);
    }

    /// The connection of a packet to the client, or NONE: a NAT connection whose real endpoint sent
    /// it, or another whose virtual endpoint did (a real server that answers by itself). Never a
    /// template or a connection whose client port is not known.
    public int findOut(
            int hash,
            boolean isIpv6,
            int protocol,
            long clientHigh,
            long clientLow,
            int clientPort,
            long sourceHigh,
            long sourceLow,
            int sourcePort) {
        for (long entry = index.first(hash); entry != 0; entry = index.next(hash, entry)) {
            int id = FlowIndex.id(entry);
            if (ConnectionRecords.isIpv6(id) != isIpv6) {
                continue;
            }
            int flags = records.flags(id);
            boolean nat = (flags & ConnectionFlags.METHOD) == 0;
            boolean same =
                    nat
                            ? records.isBetweenClientAndReal(
                                    id,
                                    protocol,
                                    clientHigh,
                                    clientLow,
                                    clientPort,
                                    sourceHigh,
                                    sourceLow,
                                    sourcePort)
                            : records.isBetweenClientAndVirtual(
                                    id,
                                    protocol,
                                    clientHigh,
                                    clientLow,
                                    clientPort,
                                    sourceHigh,
                                    sourceLow,
                                    sourcePort);
            if (same
                    && (flags & (ConnectionFlags.TEMPLATE | ConnectionFlags.NO_CLIENT_PORT)) == 0) {
                return id;
            }
        }
        return NONE;
    }

    public int findOut(
            boolean isIpv6,
            int protocol,
            long clientHigh,
            long clientLow,
            int clientPort,
            long sourceHigh,
            long sourceLow,
            int sourcePort) {
        int hash =
                hash(
                        isIpv6,
                        protocol,
                        clientHigh,
                        clientLow,
                        clientPort,
                        sourceHigh,
                        sourceLow,
                        sourcePort);
        return findOut(
                hash,
                isIpv6,
                protocol,
                clientHigh,
                clientLow,
                clientPort,
                sourceHigh,
                sourceLow,
                sourcePort);
    }

    /// The template of a client, or NONE (ipvs.md §6.1). For a mark service the protocol is 0 and
    /// the virtual address is the mark.
    public int findTemplate(
            boolean isIpv6,
            int protocol,
            long maskedClientHigh,
            long maskedClientLow,
            long virtualHigh,
            long virtualLow,
            int virtualPort,
            int service) {
        int hash =
                templateHash(
                        isIpv6,
                        protocol,
                        maskedClientHigh,
                        maskedClientLow,
                        virtualHigh,
                        virtualLow,
                        virtualPort,
                        service);
        for (long entry = index.first(hash); entry != 0; entry = index.next(hash, entry)) {
            int id = FlowIndex.id(entry);
            if (ConnectionRecords.isIpv6(id) == isIpv6
                    && records.isBetweenClientAndVirtual(
                            id,
                            protocol,
                            maskedClientHigh,
                            maskedClientLow,
                            0,
                            virtualHigh,
                            virtualLow,
                            virtualPort)
                    && records.service(id) == service
                    && (records.flags(id) & ConnectionFlags.TEMPLATE) != 0) {
                return id;
            }
        }
        return NONE;
    }

    /// Whether [#prefetch] is worth its while: not all fits into a cache.
    public boolean outgrowsCache() {
        return connections >= PREFETCH_CONNECTIONS;
    }

    /// Brings what the look-ups of a burst will read into the cache: first all lines of the index,
    /// then all records, so that the processor waits for them together.
    public void prefetch(int[] hashes, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += index.touch(hashes[i]);
        }
        for (int i = 0; i < count; i++) {
            long entry = index.first(hashes[i]);
            if (entry != 0) {
                sum += records.flags(FlowIndex.id(entry));
            }
        }
        touched = sum;
    }

    /// A blank record, neither found nor timed until [#insert]: all fields 0 but server and
    /// service, which are NONE.
    ///
    /// @return its id, or NONE beyond the maximum or when native memory is exhausted
    public int create(boolean isIpv6) {
        int id = connections < maxConnections ? records.allocate(isIpv6) : NONE;
        if (id == NONE) {
            refused++;
        } else {
            connections++;
        }
        return id;
    }

    /// Makes a connection findable by its keys and starts its timer with its timeout. Its protocol,
    /// endpoints and flags are set, for a template also its service; its client port is 0.
    ///
    /// @return false when native memory is exhausted: the connection is removed, counted as refused
    public boolean insert(int id, int nowTicks) {
        int in = inHash(id);
        int out = 0;
        if (hasOutKey(id)) {
            out = outHash(id);
            // Both lines of the index are on their way before the first is needed.
            touched = index.touch(out);
        }
        boolean twin = !isTemplate(id) && find(IN, in, id) != NONE;
        boolean inserted = index.insert(in, id, IN);
        if (inserted && out != 0) {
            twin |= find(OUT, out, id) != NONE;
            if (!index.insert(out, id, OUT)) {
                index.remove(in, id, IN);
                inserted = false;
            }
        }
        if (!inserted) {
            remove(id);
            refused++;
            return false;
        }
        int flags = ConnectionFlags.HASHED | (twin ? ConnectionFlags.AMBIGUOUS : 0);
        records.replaceFlags(id, ConnectionFlags.HASHED | ConnectionFlags.AMBIGUOUS, flags);
        if (twin) {
            ambiguous++;
        }
        wheel.restart(id, nowTicks);
        return true;
    }

    /// Makes a connection unfindable; its timer goes on. After that the fields of its keys may be
    /// written, and [#insert] may follow.
    public void unindex(int id) {
        if ((records.flags(id) & ConnectionFlags.HASHED) == 0) {
            return;
        }
        index.remove(inHash(id), id, IN);
        if (hasOutKey(id)) {
            index.remove(outHash(id), id, OUT);
        }
        records.replaceFlags(id, ConnectionFlags.HASHED, 0);
    }

    /// Ends a connection, detaching it from its controller. The id is free for another one.
    public void remove(int id) {
        unindex(id);
        wheel.cancel(id);
        control(id, NONE);
        records.free(id);
        connections--;
    }

    /// Makes `controller` the one that controls `id`, counting it there; NONE detaches.
    public void control(int id, int controller) {
        int before = records.controller(id);
        if (before != NONE) {
            records.setChildren(before, records.children(before) - 1);
        }
        if (controller != NONE) {
            records.setChildren(controller, records.children(controller) + 1);
        }
        records.setController(id, controller);
    }

    /// Whether `id` still names the connection that had this generation.
    public boolean isSame(int id, int generation) {
        return records.isLive(id) && records.generation(id) == generation;
    }

    /// Whether another connection had the same key in one direction when this one was inserted, so
    /// that one of both gets packets of the other.
    public boolean isAmbiguous(int id) {
        return (records.flags(id) & ConnectionFlags.AMBIGUOUS) != 0;
    }

    /// Sets the connection's deadline to now plus its timeout.
    public void restart(int id, int nowTicks) {
        wheel.restart(id, nowTicks);
    }

    /// Hands each connection whose deadline has come to `expired`, which must [#remove] it or
    /// [#restart] it; it may create and remove others too.
    ///
    /// @param limit how many records to visit at most, those included that only move on the wheel
    /// @return how many were visited; `limit` means that there may be more
    public int advance(int nowTicks, int limit, IntConsumer expired) {
        return wheel.advance(nowTicks, limit, expired);
    }

    /// Ticks until [#advance] has something to do: possibly too few, never too many; 0 when there
    /// is something now, `Integer.MAX_VALUE` when there will never be.
    public int ticksUntilNextDeadline(int nowTicks) {
        return wheel.ticksUntilNext(nowTicks);
    }

    /// Visits connections in the order of memory, a slice at a time. Between slices connections may
    /// come and go: those that stay are visited once, those that come may be missed.
    ///
    /// @param cursor 0 to begin, then what the last call returned
    /// @param max records to look at, free ones included
    /// @return where to go on, or NONE at the end
    public int scan(int cursor, int max, IntConsumer visitor) {
        int last = cursor;
        for (int i = 0; i < max; i++) {
            int id = records.after(last);
            if (id == NONE) {
                return NONE;
            }
            if (records.isLive(id)) {
                visitor.accept(id);
            }
            last = id;
        }
        return last;
    }

    /// Connections held, templates included.
    public int connections() {
        return connections;
    }

    public int maxConnections() {
        return maxConnections;
    }

    /// Lowering it removes nothing.
    public void setMaxConnections(int maxConnections) {
        this.maxConnections = maxConnections;
    }

    /// How often a connection was refused for want of room.
    public long refused() {
        return refused;
    }

    /// How often a connection was inserted whose key was taken.
    public long ambiguous() {
        return ambiguous;
    }

    /// All memory held for connections, in use or not: records, index and what leads to them.
    public long bytes() {
        return records.bytes() + index.bytes();
    }

    FlowIndex index() {
        return index;
    }

    private int find(int direction, int hash, int id) {
        boolean isIpv6 = ConnectionRecords.isIpv6(id);
        int protocol = records.protocol(id);
        long clientHigh = records.clientHigh(id);
        long clientLow = records.clientLow(id);
        int clientPort = records.clientPort(id);
        return direction == IN
                ? findIn(
                        hash,
                        isIpv6,
                        protocol,
                        clientHigh,
                        clientLow,
                        clientPort,
                        records.virtualHigh(id),
                        records.virtualLow(id),
                        records.virtualPort(id))
                : findOut(
                        hash,
                        isIpv6,
                        protocol,
                        clientHigh,
                        clientLow,
                        clientPort,
                        records.realHigh(id),
                        records.realLow(id),
                        records.realPort(id));
    }

    private boolean isTemplate(int id) {
        return (records.flags(id) & ConnectionFlags.TEMPLATE) != 0;
    }

    private boolean hasOutKey(int id) {
        int others =
                ConnectionFlags.METHOD | ConnectionFlags.TEMPLATE | ConnectionFlags.NO_CLIENT_PORT;
        return (records.flags(id) & others) == 0;
    }

    private int inHash(int id) {
        return isTemplate(id)
                ? templateHash(
                        ConnectionRecords.isIpv6(id),
                        records.protocol(id),
                        records.clientHigh(id),
                        records.clientLow(id),
                        records.virtualHigh(id),
                        records.virtualLow(id),
                        records.virtualPort(id),
                        records.service(id))
                : hash(
                        ConnectionRecords.isIpv6(id),
                        records.protocol(id),
                        records.clientHigh(id),
                        records.clientLow(id),
                        records.clientPort(id),
                        records.virtualHigh(id),
                        records.virtualLow(id),
                        records.virtualPort(id));
    }

    private int outHash(int id) {
        return hash(
                ConnectionRecords.isIpv6(id),
                records.protocol(id),
                records.clientHigh(id),
                records.clientLow(id),
                records.clientPort(id),
                records.realHigh(id),
                records.realLow(id),
                records.realPort(id));
    }

    private int templateHash(
            boolean isIpv6,
            int protocol,
            long clientHigh,
            long clientLow,
            long virtualHigh,
            long virtualLow,
            int virtualPort,
            int service) {
        long tail = (long) virtualPort << 16 | (long) protocol << 32;
        SipHash hash = sipHash.begin().add(service & 0xffff_ffffL);
        if (isIpv6) {
            hash.add(clientHigh).add(clientLow).add(virtualHigh).add(virtualLow);
            return nonZero(hash.end(tail | IPV6_KEY_BYTES + SERVICE_BYTES << 56));
        }
        hash.add(clientLow & 0xffff_ffffL | virtualLow << 32);
        return nonZero(hash.end(tail | IPV4_KEY_BYTES + SERVICE_BYTES << 56));
    }

    private static int nonZero(long hash) {
        int low = (int) hash;
        return low == 0 ? 1 : low;
    }
}
