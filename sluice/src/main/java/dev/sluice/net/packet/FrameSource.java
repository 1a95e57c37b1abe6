package dev.sluice.net.packet;

import java.lang.foreign.MemorySegment;

/// Where frames come from, one after another, each with its vnet header directly before it, and as
/// on the wire: a VLAN tag is inside. A packet ring, or a test's memory.
public interface FrameSource extends AutoCloseable {

    /// Bytes before each vnet header that are free for whoever forwards the frame: the outer
    /// headers of a tunnel, at most IPv6 40, UDP 8, GUE with its option 12; and a VLAN tag's 4.
    int HEADROOM_BYTES = 64;

    /// Makes the next waiting frame the current one.
    ///
    /// @return false when none waits
    boolean next();

    /// The memory of the current frame, which may be another than that of the one before; it may be
    /// changed.
    MemorySegment segment();

    /// Where the current frame's vnet header starts.
    long vnetOffset();

    /// The current frame's length from its link header on, without the vnet header.
    int frameBytes();

    /// No frame handed out so far is needed any more.
    void release();

    /// Any thread: frames longer than 64 KiB that were lost so far because they are no TCP
    /// super-packets, which can be handed out in pieces.
    default long tooLong() {
        return 0;
    }

    /// Any thread: frames lost so far for want of room.
    default long dropped() {
        return 0;
    }

    @Override
    default void close() {}
}
