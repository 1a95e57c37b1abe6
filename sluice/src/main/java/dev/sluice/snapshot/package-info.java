/// Immutable collections that share all but what differs with the one that they were made from. So
/// a snapshot of a hundred thousand entries costs as much as its last change, whoever holds an
/// older one keeps it, and what differs between two is found without looking at the rest. Start at
/// [SharedArray]. Knows nothing of what it holds.
@NullMarked
package dev.sluice.snapshot;

import org.jspecify.annotations.NullMarked;
