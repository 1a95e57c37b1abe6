package dev.sluice.net.packet;

import java.lang.foreign.MemorySegment;

/// Where frames go, in batches. The memory of a frame must stay unchanged until [#flush].
public interface FrameSink {

    /// Adds a frame to the batch; a full batch is flushed first.
    ///
    /// @param vnet where its vnet header starts; the frame follows directly
    /// @param frameBytes the frame's length without the vnet header
    /// @param interfaceIndex where it leaves
    /// @param etherType what the frame carries; interfaces without link header have no other place
    ///   to say it
    void send(MemorySegment segment, long vnet, int frameBytes, int interfaceIndex, int etherType);

    /// Hands the batch to the kernel.
    void flush();

    /// Any thread: frames that the kernel did not take so far.
    long refused();
}
