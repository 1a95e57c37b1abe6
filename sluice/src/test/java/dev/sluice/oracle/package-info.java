/// The oracle: Linux IPVS itself, asked live.
///
/// A [Scenario] is a readable list of commands and packets. It is played into a [Peer]: into
/// [KernelDirector], a user-mode Linux kernel with `ip_vs` loaded, or into Sluice. Both leave a
/// transcript in the same words, and the two transcripts must be equal. What the kernel said is
/// kept beside each scenario (`*.kernel`), so that the comparison needs no user-mode Linux; the
/// integration test asks the kernel again. Start with [Player].
@NullMarked
package dev.sluice.oracle;

import org.jspecify.annotations.NullMarked;
