/// One file for each scheduler, all alike. Start at [dev.sluice.director.service.Scheduler], what a
/// service needs of one; [Schedulers] is the list.
///
/// It must not know connections, packets but who talks to whom, or who asks.
@NullMarked
package dev.sluice.director.scheduler;

import org.jspecify.annotations.NullMarked;
