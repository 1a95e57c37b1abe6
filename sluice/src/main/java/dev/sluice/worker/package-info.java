/// The loop around a director: one thread, one set of rings, one [dev.sluice.director.Director].
/// Start at [Worker#poll]. Routes and neighbours are the kernel's; [RouteCache] remembers its
/// answers.
@NullMarked
package dev.sluice.worker;

import org.jspecify.annotations.NullMarked;
