/// `sluice bench`: Sluice beside its peers, in one run, on one machine, in namespaces of its own.
///
/// Start at [Bench], the rounds; [BenchNetwork] is the stage, a [Peer] is who is measured, a
/// [Trial] what is measured, [Report] what the user sees. Knows nothing of the daemon's inside, nor
/// of any peer's: each is started and asked as its users do.
@NullMarked
package dev.sluice.lab.bench;

import org.jspecify.annotations.NullMarked;
