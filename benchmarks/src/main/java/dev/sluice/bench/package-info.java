/// Benchmarks, one class per question. Run with `java -jar benchmarks/target/benchmarks-all.jar`;
/// [ManyConnections] makes a table of two of them.
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
