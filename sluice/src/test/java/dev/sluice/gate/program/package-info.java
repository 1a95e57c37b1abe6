/// The gate's rules, in Java and in the kernel.
@NullMarked
package dev.sluice.gate.program;

import org.jspecify.annotations.NullMarked;
