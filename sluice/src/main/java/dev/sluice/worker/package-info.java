/// The loop around a director: one thread, one set of rings, one [dev.sluice.director.Director].
/// Start at [Worker#poll]. Routes and neighbours are the kernel's; [RouteCache] remembers its
/// answers. [DataPath] makes all of it and starts the threads.
///
/// Must not know services, schedulers or states, nor who publishes a configuration: a verdict is
/// carried out, not understood.
@NullMarked
package dev.sluice.worker;

import org.jspecify.annotations.NullMarked;
