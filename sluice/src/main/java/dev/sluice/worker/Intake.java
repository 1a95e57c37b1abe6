package dev.sluice.worker;

import dev.sluice.net.packet.FrameSource;

/// A source of captured frames, and what must be known to give one back to the kernel's stack.
///
/// @param returnInterface index of the interface that frames are written to, unchanged, to reach
///   the stack (`slow1`)
/// @param hasMetadata whether the frame's MAC fields carry the gate's metadata; without it (direct
///   mode) they are the original addresses
public record Intake(FrameSource source, int returnInterface, boolean hasMetadata) {}
