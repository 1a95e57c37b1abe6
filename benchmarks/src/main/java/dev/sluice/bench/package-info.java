/// Benchmarks, one class per question. Run with `java -jar benchmarks/target/benchmarks-all.jar`.
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
