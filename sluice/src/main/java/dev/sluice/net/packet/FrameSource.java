package dev.sluice.net.packet;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// Where frames come from, one after another, each with its vnet header directly before it, and as
/// on the wire: a VLAN tag is inside. A packet ring, or a test's memory.
public interface FrameSource extends AutoCloseable {

    /// The size of the header before each frame, [dev.sluice.wire.VnetHeader].
    int VNET_BYTES = 10;

    /// Makes the next waiting frame the current one.
    ///
    /// @return false when none waits
    boolean next();

    /// The memory of the current frame; it may be changed.
    MemorySegment segment();

    /// Where the current frame's vnet header starts.
    long vnetOffset();

    /// The current frame's length from its link header on, without the vnet header.
    int frameBytes();

    /// No frame handed out so far is needed any more.
    void release();

    /// Any thread: frames lost so far, for want of room or because they were longer than a slot.
    default long dropped() {
        return 0;
    }

    /// What to poll(2) for frames.
    int descriptor();

    @Override
    default void close() {}

    /// Opens a source on an interface, in the calling thread's namespace.
    ///
    /// @param fanout which group of sources shares the interface's frames, or null
    static FrameSource open(int interfaceIndex, String name, @Nullable Fanout fanout) {
        return new PacketRing(interfaceIndex, name, PacketRing.USUAL_BLOCKS, fanout);
    }
}
