/// Client, director and real servers as network namespaces on one machine: the demonstration
/// (`sluice lab`), the integration test bed, and the stage of the benchmarks are the same code.
///
/// Start at [LabNetwork], which makes the machines and the wires between them, and at [Host], one
/// machine. [LabCommand] is what the user types, [Demonstration] what the user sees.
@NullMarked
package dev.sluice.lab;

import org.jspecify.annotations.NullMarked;
