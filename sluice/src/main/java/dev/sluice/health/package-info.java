/// Health checks at work: each on a virtual thread of its own, and what follows from their results
/// for pools of real servers. Start at [Health].
///
/// Knows no table and no configuration file: settings are [PoolSettings], and whoever keeps a table
/// listens.
@NullMarked
package dev.sluice.health;

import org.jspecify.annotations.NullMarked;
