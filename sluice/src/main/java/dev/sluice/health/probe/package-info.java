/// Ways to find out whether a server works, one file for each. All are plain blocking code for
/// virtual threads, and values: two that are equal ask the same. Start at [Probe].
@NullMarked
package dev.sluice.health.probe;

import org.jspecify.annotations.NullMarked;
