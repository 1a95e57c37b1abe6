package dev.sluice.router;

import dev.sluice.vrrp.State;
import dev.sluice.vrrp.Statistics;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// A virtual router as it is at some moment.
///
/// @param active who is active as far as it knows: itself has no address here
/// @param activePriority of that one, 0 when there is none
/// @param why it is what it is
/// @param takeOverNanos how long after the last advertisement it would take over
public record RouterStatus(
        String name,
        String interfaceName,
        int routerId,
        State.Name state,
        int priority,
        @Nullable Address active,
        int activePriority,
        String why,
        long takeOverNanos,
        Statistics statistics) {}
