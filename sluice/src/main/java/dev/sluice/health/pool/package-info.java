/// What results of checks mean for a pool of real servers: which of them get clients, with which
/// weight, and when a server of last resort takes over. Start at [Pool] and [CheckState].
///
/// Pure: no clock, thread, socket or log; knows no table, no configuration file and no way to check
/// anything.
@NullMarked
package dev.sluice.health.pool;

import org.jspecify.annotations.NullMarked;
