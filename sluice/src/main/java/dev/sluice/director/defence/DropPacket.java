package dev.sluice.director.defence;

import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Setting;

/// `drop_packet`: of the packets that would begin a connection, the first one and then one of so
/// many is dropped (ipvs.md §8.3). Mode 3 only; 1 and 2 would ask how much memory is free.
public final class DropPacket {

    private static final int ALWAYS = 3;

    private int counter;

    /// Whether it is this packet's turn.
    public boolean takes(Policy policy) {
        int rate = policy.get(Setting.AM_DROPRATE);
        if (policy.get(Setting.DROP_PACKET) != ALWAYS || rate == 0) {
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
