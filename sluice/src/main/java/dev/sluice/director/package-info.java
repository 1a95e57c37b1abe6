/// The balancer itself, pure: packet and time in, verdict out. Start at [Director#process]. Knows
/// no clock, thread, socket or file.
@NullMarked
package dev.sluice.director;

import org.jspecify.annotations.NullMarked;
