/// Virtual routers at work: what `dev.sluice.vrrp` decides is done here, on sockets, interfaces and
/// scripts of one network namespace. Start at [VrrpLoop].
///
/// Must not know connections, services, or where its settings come from.
@NullMarked
package dev.sluice.router;

import org.jspecify.annotations.NullMarked;
