/// The daemon as a whole: `sluice run` and the commands that talk to it. Start at [Daemon], which
/// starts the parts and stops them; [RunCommand] is what the operator types.
///
/// Wires parts and tells of them, and knows nothing of how any of them works: a rule about packets,
/// tables or the kernel belongs to the part.
@NullMarked
package dev.sluice.daemon;

import org.jspecify.annotations.NullMarked;
