/// One file for each scheduler, all alike. Start at [dev.sluice.director.service.Scheduler].
@NullMarked
package dev.sluice.director.scheduler;

import org.jspecify.annotations.NullMarked;
