/// What brings packets to the workers: eBPF programs at the interfaces with the maps that Java
/// writes, or, where bpf(2) is refused, classic filters. Start at [Gate].
@NullMarked
package dev.sluice.gate;

import org.jspecify.annotations.NullMarked;
