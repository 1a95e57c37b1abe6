/// The director, shown packet by packet: what goes in, what comes out, what is counted. Start at
/// [MasqueradingTest].
@NullMarked
package dev.sluice.director;

import org.jspecify.annotations.NullMarked;
