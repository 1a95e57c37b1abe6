/// bpf(2): maps, programs, test runs, links at network interfaces, and names for all of them below
/// `/sys/fs/bpf`. Start at [BpfProgram] and [BpfMap]; programs are written with
/// [dev.sluice.ebpf.Assembler].
@NullMarked
package dev.sluice.net.bpf;

import org.jspecify.annotations.NullMarked;
