/// The eBPF programs of the gate, written with [dev.sluice.ebpf.Assembler]: start at [Programs].
/// The rules that they follow can be read in Java in `dev.sluice.gate.Classifier`.
///
/// Must not know who loads them and where they are attached.
@NullMarked
package dev.sluice.gate.program;

import org.jspecify.annotations.NullMarked;
