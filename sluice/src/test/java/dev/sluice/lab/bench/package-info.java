/// The benchmark's arithmetic, and that it runs and leaves nothing behind.
@NullMarked
package dev.sluice.lab.bench;

import org.jspecify.annotations.NullMarked;
