package dev.sluice.worker;

import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;

/// A next hop on a link and, once the kernel has resolved it, the link header of frames to it.
///
/// While it is unresolved a few frames wait here instead of being lost, as in the kernel's own
/// neighbour table.
final class NextHop {

    /// Frames that wait at most; the oldest gives way, as in `neigh_resolve_output`.
    static final int MAXIMUM_HELD = 16;

    /// A frame that waits: its vnet header, 14 bytes for the link header, and the packet. On the
    /// heap, since a flood may leave many behind.
    static final class Held {

        private final byte[] bytes;
        private final int etherType;
        private final long origin;

        /// A frame to keep.
        ///
        /// @param origin [dev.sluice.director.Verdict#origin]
        Held(byte[] bytes, int etherType, long origin) {
            this.bytes = bytes;
            this.etherType = etherType;
            this.origin = origin;
        }

        byte[] bytes() {
            return bytes;
        }

        int etherType() {
            return etherType;
        }

        long origin() {
            return origin;
        }
    }

    private final HopKey key;
    private final ArrayDeque<Held> held = new ArrayDeque<>(0);

    private long sourceMac;
    private boolean resolved;
    private long destinationMac;
    private boolean used;
    private boolean recent;
    private boolean askedFor;
    private boolean forgotten;

    NextHop(HopKey key) {
        this.key = key;
    }

    HopKey key() {
        return key;
    }

    int interfaceIndex() {
        return key.interfaceIndex();
    }

    Address address() {
        return key.address();
    }

    /// The interface's own link address, in the low 48 bits.
    void sourceMac(long mac) {
        sourceMac = mac;
    }

    boolean isResolved() {
        return resolved;
    }

    /// The kernel knows the link address now (low 48 bits).
    void resolve(long mac) {
        destinationMac = mac;
        resolved = true;
    }

    /// The kernel forgot it, or gave up.
    void unresolve() {
        resolved = false;
    }

    /// Somebody else needs the place: no news will be heard of this one any more.
    void forget() {
        forgotten = true;
    }

    boolean isForgotten() {
        return forgotten;
    }

    /// Writes destination, source and type at the start of a frame.
    void writeLinkHeader(MemorySegment frame, long at, int etherType) {
        used = true;
        recent = true;
        Bytes.u64(frame, at, destinationMac << 16 | sourceMac >>> 32);
        Bytes.u32(frame, at + 8, sourceMac);
        Bytes.u16(frame, at + 12, etherType);
    }

    /// Whether a frame was sent since the last call; the kernel does not see frames that are
    /// written to a packet socket, so it must be told that the neighbour is in use.
    boolean takeUsed() {
        boolean was = used;
        used = false;
        return was;
    }

    /// Likewise, for whoever looks for one that may be forgotten.
    boolean takeRecent() {
        boolean was = recent;
        recent = false;
        return was;
    }

    /// Whether the kernel was asked to resolve it, since frames wait.
    boolean isAskedFor() {
        return askedFor;
    }

    void askedFor(boolean asked) {
        askedFor = asked;
    }

    /// Keeps a frame until the link address is known.
    ///
    /// @return the older frame that had to give way, or null
    @Nullable Held hold(Held frame) {
        Held oldest = held.size() < MAXIMUM_HELD ? null : held.removeFirst();
        held.addLast(frame);
        return oldest;
    }

    boolean isWaitedFor() {
        return !held.isEmpty();
    }

    /// The frames that waited, oldest first; they wait no longer.
    List<Held> takeHeld() {
        List<Held> all = List.copyOf(held);
        held.clear();
        askedFor = false;
        return all;
    }
}
