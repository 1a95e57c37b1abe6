/// What brings packets to the workers: eBPF programs at the interfaces with the maps that Java
/// writes, or, where bpf(2) is refused, classic filters. Start at [Gate]; the programs themselves
/// are in `gate.program`, what they share with Java in `gate.layout`.
///
/// Must not know workers, connections or what becomes of a packet.
@NullMarked
package dev.sluice.gate;

import org.jspecify.annotations.NullMarked;
