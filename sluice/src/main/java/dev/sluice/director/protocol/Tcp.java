package dev.sluice.director.protocol;

import dev.sluice.director.connection.Direction;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.PacketView;

/// TCP as IPVS follows it (ipvs.md §4.1): the machine of [TcpStates], the states of [TcpState].
final class Tcp implements Transport {

    static final Tcp TCP = new Tcp();

    private static final int SYN = dev.sluice.wire.Tcp.SYN;
    private static final int RST = dev.sluice.wire.Tcp.RST;

    private Tcp() {}

    @Override
    public Protocol protocol() {
        return Protocol.TCP;
    }

    @Override
    public boolean begins(PacketView packet, Policy policy) {
        int flags = packet.tcpFlags();
        boolean begins = (flags & SYN) != 0 || policy.isOn(Setting.SLOPPY_TCP);
        return begins && (flags & RST) == 0;
    }

    @Override
    public boolean resets(PacketView packet) {
        return (packet.tcpFlags() & RST) != 0;
    }

    @Override
    public boolean asksAnew(PacketView packet) {
        return (packet.tcpFlags() & SYN) != 0;
    }

    /// In FIN_WAIT only where replies do not pass, if the mode has the bit of value 2: the real
    /// server may have ended the connection unseen.
    @Override
    public boolean mayBeReplaced(int state, boolean onlyInput, int reuseMode) {
        return switch (TcpState.of(state)) {
            case TIME_WAIT, CLOSE -> true;
            case FIN_WAIT -> (reuseMode & 2) != 0 && onlyInput;
            case NONE, ESTABLISHED, SYN_SENT, SYN_RECV, CLOSE_WAIT, LAST_ACK, LISTEN, SYNACK ->
                    false;
        };
    }

    @Override
    public int next(
            int state, PacketView packet, Direction direction, boolean onlyInput, Policy policy) {
        boolean secure = policy.isInForce(Setting.SECURE_TCP);
        TcpStates table;
        if (direction == Direction.TO_CLIENT) {
            table = secure ? TcpStates.SECURE_OUTPUT : TcpStates.OUTPUT;
        } else if (onlyInput) {
            table = secure ? TcpStates.SECURE_INPUT_ONLY : TcpStates.INPUT_ONLY;
        } else {
            table = secure ? TcpStates.SECURE_INPUT : TcpStates.INPUT;
        }
        return table.next(TcpState.of(state), packet.tcpFlags()).ordinal();
    }

    @Override
    public boolean isOpening(int state) {
        return state == TcpState.SYN_RECV.ordinal() || state == TcpState.SYNACK.ordinal();
    }

    @Override
    public boolean isRefused(int state) {
        return state == TcpState.CLOSE.ordinal();
    }

    @Override
    public boolean isActive(int state) {
        return TcpState.of(state).isActive();
    }

    @Override
    public Fate underAttack(int state) {
        return switch (TcpState.of(state)) {
            case SYN_RECV, SYNACK -> Fate.DROPPED;
            case ESTABLISHED -> Fate.BY_LOT;
            case NONE, SYN_SENT, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN ->
                    Fate.KEPT;
        };
    }

    @Override
    public boolean assures(int before, int after, Direction direction) {
        return after != before && after == TcpState.ESTABLISHED.ordinal();
    }

    @Override
    public String stateName(int state) {
        return TcpState.of(state).name();
    }
}
