/// Sluice, a Linux Virtual Server in user space. Start reading at [Main], which wires the parts
/// together by hand; `ARCHITECTURE.md` has the map.
@NullMarked
package dev.sluice;

import org.jspecify.annotations.NullMarked;
