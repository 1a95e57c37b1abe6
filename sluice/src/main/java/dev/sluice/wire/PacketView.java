package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// One IP packet, parsed in place.
public final class PacketView {

    private MemorySegment frame = MemorySegment.NULL;

    /// The memory the packet lies in.
    public MemorySegment frame() {
        return frame;
    }
}
