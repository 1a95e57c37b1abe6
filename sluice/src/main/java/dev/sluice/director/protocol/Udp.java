package dev.sluice.director.protocol;

import dev.sluice.director.connection.Direction;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Protocol;
import dev.sluice.wire.PacketView;

/// UDP as IPVS follows it (ipvs.md §4.2): any datagram begins a connection, which has but one
/// state.
final class Udp implements Transport {

    static final Udp UDP = new Udp();

    private static final int ONLY_STATE = 0;

    private Udp() {}

    @Override
    public Protocol protocol() {
        return Protocol.UDP;
    }

    @Override
    public boolean begins(PacketView packet, Policy policy) {
        return true;
    }

    @Override
    public boolean resets(PacketView packet) {
        return false;
    }

    @Override
    public boolean asksAnew(PacketView packet) {
        return false;
    }

    @Override
    public boolean mayBeReplaced(int state, boolean onlyInput, int reuseMode) {
        return false;
    }

    @Override
    public int next(
            int state, PacketView packet, Direction direction, boolean onlyInput, Policy policy) {
        return ONLY_STATE;
    }

    @Override
    public boolean isOpening(int state) {
        return false;
    }

    @Override
    public boolean isRefused(int state) {
        return false;
    }

    /// UDP connections count as inactive.
    @Override
    public boolean isActive(int state) {
        return false;
    }

    @Override
    public Fate underAttack(int state) {
        return Fate.BY_LOT;
    }

    @Override
    public boolean assures(int before, int after, Direction direction) {
        return direction == Direction.TO_CLIENT;
    }

    @Override
    public String stateName(int state) {
        return "UDP";
    }
}
