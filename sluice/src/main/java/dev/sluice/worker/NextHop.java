package dev.sluice.worker;

import dev.sluice.net.packet.FrameSource;
import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;

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

    /// A frame that waits: headroom, its vnet header, 14 bytes for the link header, and the packet.
    ///
    /// @param origin [dev.sluice.director.Verdict#origin]
    record Held(MemorySegment bytes, int frameBytes, int etherType, long origin) {

        long vnet() {
            return FrameSource.HEADROOM_BYTES;
        }
    }

    private final int interfaceIndex;
    private final Address address;
    private final ArrayDeque<Held> held = new ArrayDeque<>();

    private long sourceMac;
    private boolean resolved;
    private long destinationMac;
    private boolean used;

    /// @param sourceMac the interface's own link address, in the low 48 bits
    NextHop(int interfaceIndex, Address address, long sourceMac) {
        this.interfaceIndex = interfaceIndex;
        this.address = address;
        this.sourceMac = sourceMac;
    }

    int interfaceIndex() {
        return interfaceIndex;
    }

    /// The interface has another link address now.
    void sourceMac(long mac) {
        sourceMac = mac;
    }

    Address address() {
        return address;
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

    /// Writes destination, source and type at the start of a frame.
    void writeLinkHeader(MemorySegment frame, long at, int etherType) {
        used = true;
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

    /// Keeps a frame until the link address is known.
    ///
    /// @return false when an older frame had to give way
    boolean hold(Held frame) {
        boolean room = held.size() < MAXIMUM_HELD;
        if (!room) {
            held.removeFirst();
        }
        held.addLast(frame);
        return room;
    }

    boolean isWaitedFor() {
        return !held.isEmpty();
    }

    /// The frames that waited, oldest first; they wait no longer.
    List<Held> takeHeld() {
        List<Held> all = List.copyOf(held);
        held.clear();
        return all;
    }
}
