/// Client, director and real servers as network namespaces on one machine: the demonstration
/// (`sluice lab`), the integration test bed, and the stage of the benchmarks are the same code.
///
/// Start at [LabNetwork], which makes the machines and the wires between them, and at [Host], one
/// machine. What the user types and sees is in `lab.scene`. Knows of a director what its program
/// takes and prints, nothing of its inside.
@NullMarked
package dev.sluice.lab;

import org.jspecify.annotations.NullMarked;
