/// What the gate's eBPF programs and Java read and write together, byte by byte: maps with their
/// keys and values, the metadata of a captured frame, decisions and their counters. Each layout is
/// drawn once, in its class, and both sides take their offsets from there. Start at [Maps].
///
/// Must not know who fills the maps or what the programs do.
@NullMarked
package dev.sluice.gate.layout;

import org.jspecify.annotations.NullMarked;
