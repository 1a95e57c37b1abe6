/// How packets leave: the forwarding methods, and the one way of sending a packet on.
///
/// Start at [Forwarder], the seam: a method is one file that says what happens to a packet on each
/// of its four ways, one constant of [dev.sluice.director.service.Forwarding], and one line in
/// [Forwarder#of]. [Transmission] is the way itself: route, time to live, MTU. [Paths] and [Outbox]
/// are the doors to the machine.
///
/// It must not know which packets begin connections, their states, their timers, or what becomes of
/// packets that cannot go on.
@NullMarked
package dev.sluice.director.forward;

import org.jspecify.annotations.NullMarked;
