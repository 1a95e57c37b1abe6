/// eBPF programs as values: instructions, an assembler with symbolic labels, a listing, and the
/// bytes that bpf(2) wants. Start at [Assembler]. Classic BPF, which is what filters on sockets and
/// `cls_bpf` take, has a small assembler of its own: [ClassicAssembler].
///
/// Knows no kernel: loading, maps and links are `dev.sluice.net.bpf`'s business.
@NullMarked
package dev.sluice.ebpf;

import org.jspecify.annotations.NullMarked;
