/// What a director forwards by: virtual services, real servers and settings as immutable snapshots,
/// and the live half of each (tallies, schedulers). Start at [Configuration].
///
/// It must not know connections, how a packet is forwarded, or who changes what.
@NullMarked
package dev.sluice.director.service;

import org.jspecify.annotations.NullMarked;
