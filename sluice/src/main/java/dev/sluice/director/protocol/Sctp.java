package dev.sluice.director.protocol;

import static dev.sluice.wire.Sctp.ABORT;
import static dev.sluice.wire.Sctp.CHUNK_HEADER_BYTES;
import static dev.sluice.wire.Sctp.COOKIE_ACK;
import static dev.sluice.wire.Sctp.COOKIE_ECHO;
import static dev.sluice.wire.Sctp.INIT;

import dev.sluice.director.connection.Direction;
import dev.sluice.director.protocol.SctpStates.Event;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.PacketView;

/// SCTP as IPVS follows it (ipvs.md §4.3): one association, one path. The machine is [SctpStates],
/// the states are [SctpState]. Checksums are [dev.sluice.wire.Rewrite]'s.
final class Sctp implements Transport {

    static final Sctp SCTP = new Sctp();

    private static final int NO_CHUNK = -1;

    private Sctp() {}

    @Override
    public Protocol protocol() {
        return Protocol.SCTP;
    }

    @Override
    public boolean begins(PacketView packet, Policy policy) {
        int first = chunkType(packet, 0);
        boolean begins = first == INIT || policy.isOn(Setting.SLOPPY_SCTP);
        return begins && first != NO_CHUNK && first != ABORT;
    }

    @Override
    public boolean resets(PacketView packet) {
        return chunkType(packet, 0) == ABORT;
    }

    @Override
    public boolean asksAnew(PacketView packet) {
        return chunkType(packet, 0) == INIT;
    }

    @Override
    public boolean mayBeReplaced(int state, boolean onlyInput, int reuseMode) {
        return SctpState.of(state) == SctpState.CLOSED;
    }

    @Override
    public int next(
            int state, PacketView packet, Direction direction, boolean onlyInput, Policy policy) {
        int first = chunkType(packet, 0);
        if (first == NO_CHUNK) {
            return state;
        }
        SctpStates table =
                direction == Direction.TO_CLIENT
                        ? SctpStates.OUTPUT
                        : onlyInput ? SctpStates.INPUT_ONLY : SctpStates.INPUT;
        return table.next(SctpState.of(state), event(packet, first)).ordinal();
    }

    @Override
    public boolean isOpening(int state) {
        return switch (SctpState.of(state)) {
            case INIT1, INIT, COOKIE_SENT, COOKIE_REPLIED, COOKIE_WAIT, COOKIE, COOKIE_ECHOED ->
                    true;
            default -> false;
        };
    }

    @Override
    public boolean isRefused(int state) {
        return SctpState.of(state) == SctpState.CLOSED;
    }

    @Override
    public boolean isActive(int state) {
        return SctpState.of(state) == SctpState.ESTABLISHED;
    }

    @Override
    public Fate underAttack(int state) {
        return switch (SctpState.of(state)) {
            case INIT1, INIT -> Fate.DROPPED;
            case ESTABLISHED -> Fate.BY_LOT;
            default -> Fate.KEPT;
        };
    }

    @Override
    public boolean assures(int before, int after, Direction direction) {
        return after != before && isActive(after);
    }

    @Override
    public String stateName(int state) {
        return SctpState.of(state).label();
    }

    /// An ABORT may come behind the end of a handshake, in the same packet.
    private static Event event(PacketView packet, int first) {
        if (first == COOKIE_ECHO || first == COOKIE_ACK) {
            int bytes = dev.sluice.wire.Sctp.chunkLength(packet.frame(), packet.payload());
            int second = (bytes + 3) & ~3;
            if (second >= CHUNK_HEADER_BYTES && chunkType(packet, second) == ABORT) {
                return Event.ABORT;
            }
        }
        return switch (first) {
            case INIT -> Event.INIT;
            case dev.sluice.wire.Sctp.INIT_ACK -> Event.INIT_ACK;
            case COOKIE_ECHO -> Event.COOKIE_ECHO;
            case COOKIE_ACK -> Event.COOKIE_ACK;
            case dev.sluice.wire.Sctp.SHUTDOWN -> Event.SHUTDOWN;
            case dev.sluice.wire.Sctp.SHUTDOWN_ACK -> Event.SHUTDOWN_ACK;
            case dev.sluice.wire.Sctp.SHUTDOWN_COMPLETE -> Event.SHUTDOWN_COMP;
            case dev.sluice.wire.Sctp.ERROR -> Event.ERROR;
            case ABORT -> Event.ABORT;
            default -> Event.DATA;
        };
    }

    /// Of the chunk that begins there behind the common header, or [#NO_CHUNK] if none is whole.
    private static int chunkType(PacketView packet, int offset) {
        return packet.payloadLength() - offset < CHUNK_HEADER_BYTES
                ? NO_CHUNK
                : dev.sluice.wire.Sctp.chunkType(packet.frame(), packet.payload() + offset);
    }
}
