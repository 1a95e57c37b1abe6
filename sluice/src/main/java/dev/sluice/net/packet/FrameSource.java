package dev.sluice.net.packet;

import java.lang.foreign.MemorySegment;

/// Where frames come from, one after another, each with its vnet header directly before it. A
/// packet ring, a batched socket, or a test's memory.
public interface FrameSource {

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

    /// What to poll(2) for frames.
    int descriptor();
}
