/// The balancer itself, pure: packets, time and a configuration in, verdicts and packets out. Start
/// at [Director], the journey of a packet; each station on it is a class beside it, and two of them
/// are seams where more comes: forwarding methods (`forward`) and protocols (`protocol`).
///
/// It must not know where packets come from or how they are sent, clocks, threads, and what an
/// operator typed.
@NullMarked
package dev.sluice.director;

import org.jspecify.annotations.NullMarked;
