package dev.sluice.director.defence;

import dev.sluice.director.service.Policy;

/// `drop_packet`: of the packets that would begin a connection, the first one and then one of so
/// many is dropped (ipvs.md §8.3).
public final class DropPacket {

    private int counter;

    /// Whether it is this packet's turn.
    public boolean takes(Policy policy) {
        int rate = policy.dropRate();
        if (rate == 0) {
            return false;
        }
        counter--;
        if (counter > 0) {
            return false;
        }
        counter = rate;
        return true;
    }
}
