package dev.sluice.director.connection;

import dev.sluice.wire.Flow;

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
/// | in: protocol, client, virtual endpoint | every connection | [#findIn], and by [#findOut] when there is no out key |
/// | out: protocol, client, real endpoint | those whose replies are translated | [#findOut] |
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
/// int id = table.create(packet.isIpv6());       // NONE: the maximum is reached
/// records.setProtocol(id, 6);                   // … all fields of its keys, flags, timeout
/// table.insert(id, hasOutKey, nowTicks);        // now it is found, and its timer runs
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
    public static final int MAX_TIMEOUT_SECONDS = 31 * 24 * 60 * 60;

    public static final int MAX_TIMEOUT_TICKS = MAX_TIMEOUT_SECONDS * (1000 / TICK_MILLIS);

    /// Some three megabytes of records and index, more than a core's own cache holds.
    private static final int PREFETCH_CONNECTIONS = 1 << 15;

    private static final int IN = 0;
    private static final int OUT = 1;

    /// What is noted of a connection's keys.
    private static final int KEYS =
            ConnectionFlags.HASHED | ConnectionFlags.OUT_KEY | ConnectionFlags.AMBIGUOUS;

    /// Bytes hashed: two addresses, two ports, protocol, and for a template eight for the service.
    private static final long IPV4_KEY_BYTES = 13;

    private static final long IPV6_KEY_BYTES = 37;
    private static final long SERVICE_BYTES = 8;

    private final ConnectionRecords records;
    private final FlowIndex index;
    private final TimerWheel wheel;
    private final SipHash sipHash;

    /// The key of the connection at hand.
    private final Flow key = new Flow();

    private final int maxConnections;
    private int connections;

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

    /// What [#findIn] and [#findOut] look for. Never 0.
    public int hash(Flow flow, Direction direction) {
        boolean fromClient = direction == Direction.FROM_CLIENT;
        long clientLow = fromClient ? flow.sourceLow() : flow.destinationLow();
        long otherLow = fromClient ? flow.destinationLow() : flow.sourceLow();
        int clientPort = fromClient ? flow.sourcePort() : flow.destinationPort();
        int otherPort = fromClient ? flow.destinationPort() : flow.sourcePort();
        long tail = clientPort | (long) otherPort << 16 | (long) flow.protocol() << 32;
        SipHash hash = sipHash.begin();
        if (flow.isIpv6()) {
            long clientHigh = fromClient ? flow.sourceHigh() : flow.destinationHigh();
            long otherHigh = fromClient ? flow.destinationHigh() : flow.sourceHigh();
            hash.add(clientHigh).add(clientLow).add(otherHigh).add(otherLow);
            return nonZero(hash.end(tail | IPV6_KEY_BYTES << 56));
        }
        hash.add(clientLow & 0xffff_ffffL | otherLow << 32);
        return nonZero(hash.end(tail | IPV4_KEY_BYTES << 56));
    }

    /// The connection between this client and this virtual endpoint, or NONE. Never a template.
    ///
    /// @param hash of the same flow and direction
    public int findIn(int hash, Flow flow, Direction direction) {
        for (long entry = index.first(hash); entry != 0; entry = index.next(hash, entry)) {
            int id = FlowIndex.id(entry);
            if (ConnectionRecords.isIpv6(id) == flow.isIpv6()
                    && records.isBetweenClientAndVirtual(id, flow, direction)
                    && !isTemplate(id)) {
                return id;
            }
        }
        return NONE;
    }

    public int findIn(Flow flow, Direction direction) {
        return findIn(hash(flow, direction), flow, direction);
    }

    /// The connection between this client and whoever sends its replies, or NONE: the real endpoint
    /// of a NAT connection, the virtual one of others (a real server that answers by itself). Never
    /// a template or a connection whose client port is not known.
    ///
    /// @param hash of the same flow and direction
    public int findOut(int hash, Flow flow, Direction direction) {
        for (long entry = index.first(hash); entry != 0; entry = index.next(hash, entry)) {
            int id = FlowIndex.id(entry);
            if (ConnectionRecords.isIpv6(id) != flow.isIpv6()) {
                continue;
            }
            int flags = records.flags(id);
            boolean same =
                    (flags & ConnectionFlags.OUT_KEY) != 0
                            ? records.isBetweenClientAndReal(id, flow, direction)
                            : records.isBetweenClientAndVirtual(id, flow, direction);
            if (same
                    && (flags & (ConnectionFlags.TEMPLATE | ConnectionFlags.NO_CLIENT_PORT)) == 0) {
                return id;
            }
        }
        return NONE;
    }

    public int findOut(Flow flow, Direction direction) {
        return findOut(hash(flow, direction), flow, direction);
    }

    /// The template of a client, or NONE (ipvs.md §6.1).
    ///
    /// @param key from the masked client, port 0, to the virtual endpoint; for a mark service the
    ///   protocol is 0 and the virtual address is the mark
    public int findTemplate(Flow key, int service) {
        int hash = templateHash(key, service);
        for (long entry = index.first(hash); entry != 0; entry = index.next(hash, entry)) {
            int id = FlowIndex.id(entry);
            if (ConnectionRecords.isIpv6(id) == key.isIpv6()
                    && records.isBetweenClientAndVirtual(id, key, Direction.FROM_CLIENT)
                    && records.service(id) == service
                    && isTemplate(id)) {
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
        if (id != NONE) {
            connections++;
        }
        return id;
    }

    /// Makes a connection findable by its keys and starts its timer with its timeout. Its protocol,
    /// endpoints and flags are set, for a template also its service; its client port is 0.
    ///
    /// @param hasOutKey whether its replies come from the real endpoint, to be translated, or else,
    ///   if they pass at all, from the virtual one; without a client port neither is known
    /// @return false when native memory is exhausted: the connection is removed
    public boolean insert(int id, boolean hasOutKey, int nowTicks) {
        int in = inHash(id);
        int out = 0;
        if (hasOutKey) {
            out = outHash(id);
            // Both lines of the index are on their way before the first is needed.
            touched = index.touch(out);
        }
        boolean twin = !isTemplate(id) && findIn(in, inKey(id), Direction.FROM_CLIENT) != NONE;
        boolean inserted = index.insert(in, id, IN);
        if (inserted && out != 0) {
            twin |= findOut(out, outKey(id), Direction.FROM_CLIENT) != NONE;
            if (!index.insert(out, id, OUT)) {
                index.remove(in, id, IN);
                inserted = false;
            }
        }
        if (!inserted) {
            remove(id);
            return false;
        }
        int flags =
                ConnectionFlags.HASHED
                        | (hasOutKey ? ConnectionFlags.OUT_KEY : 0)
                        | (twin ? ConnectionFlags.AMBIGUOUS : 0);
        records.replaceFlags(id, KEYS, flags);
        wheel.restart(id, nowTicks);
        return true;
    }

    /// Makes a connection findable by its replies only, and starts its timer with its timeout. Its
    /// flags say [ConnectionFlags#ONE_PACKET].
    ///
    /// @return false when native memory is exhausted: the connection is removed
    public boolean insertForReplies(int id, int nowTicks) {
        int out = outHash(id);
        boolean twin = findOut(out, outKey(id), Direction.FROM_CLIENT) != NONE;
        if (!index.insert(out, id, OUT)) {
            remove(id);
            return false;
        }
        records.replaceFlags(
                id,
                KEYS,
                ConnectionFlags.HASHED
                        | ConnectionFlags.OUT_KEY
                        | (twin ? ConnectionFlags.AMBIGUOUS : 0));
        wheel.restart(id, nowTicks);
        return true;
    }

    /// Makes a connection unfindable; its timer goes on. After that the fields of its keys may be
    /// written, and [#insert] may follow.
    public void unindex(int id) {
        int flags = records.flags(id);
        if ((flags & ConnectionFlags.HASHED) == 0) {
            return;
        }
        if ((flags & ConnectionFlags.ONE_PACKET) == 0) {
            index.remove(inHash(id), id, IN);
        }
        if ((flags & ConnectionFlags.OUT_KEY) != 0) {
            index.remove(outHash(id), id, OUT);
        }
        records.replaceFlags(id, KEYS, 0);
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

    /// Places for connections, in use or not.
    public int places() {
        return records.places();
    }

    /// The connection at one of the [#places], counted from 0, or NONE.
    public int at(int place) {
        int id = records.at(place);
        return records.isLive(id) ? id : NONE;
    }

    /// Connections held, templates included.
    public int connections() {
        return connections;
    }

    public int maxConnections() {
        return maxConnections;
    }

    /// All memory held for connections, in use or not: records, index and what leads to them.
    public long bytes() {
        return records.bytes() + index.bytes();
    }

    FlowIndex index() {
        return index;
    }

    private boolean isTemplate(int id) {
        return (records.flags(id) & ConnectionFlags.TEMPLATE) != 0;
    }

    /// The key by which requests find a connection, or templates are found.
    private Flow inKey(int id) {
        return clientKey(id)
                .to(records.virtualHigh(id), records.virtualLow(id), records.virtualPort(id));
    }

    /// The key by which replies find a connection.
    private Flow outKey(int id) {
        return clientKey(id).to(records.realHigh(id), records.realLow(id), records.realPort(id));
    }

    private Flow clientKey(int id) {
        return key.of(ConnectionRecords.isIpv6(id), records.protocol(id))
                .from(records.clientHigh(id), records.clientLow(id), records.clientPort(id));
    }

    private int inHash(int id) {
        Flow in = inKey(id);
        return isTemplate(id)
                ? templateHash(in, records.service(id))
                : hash(in, Direction.FROM_CLIENT);
    }

    private int outHash(int id) {
        return hash(outKey(id), Direction.FROM_CLIENT);
    }

    private int templateHash(Flow key, int service) {
        long tail = (long) key.destinationPort() << 16 | (long) key.protocol() << 32;
        SipHash hash = sipHash.begin().add(service & 0xffff_ffffL);
        if (key.isIpv6()) {
            hash.add(key.sourceHigh()).add(key.sourceLow());
            hash.add(key.destinationHigh()).add(key.destinationLow());
            return nonZero(hash.end(tail | IPV6_KEY_BYTES + SERVICE_BYTES << 56));
        }
        hash.add(key.sourceLow() & 0xffff_ffffL | key.destinationLow() << 32);
        return nonZero(hash.end(tail | IPV4_KEY_BYTES + SERVICE_BYTES << 56));
    }

    private static int nonZero(long hash) {
        int low = (int) hash;
        return low == 0 ? 1 : low;
    }
}
