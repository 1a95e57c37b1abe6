package dev.sluice.net.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// A message that was received, without its header; the counterpart of [Message].
///
/// [#readAll] is the one gate: it proves that a message lies inside its datagram and that the fixed
/// part of its type is there, so that nothing after it checks those lengths again. [Attributes]
/// check their own.
///
/// @param sequence of the request that is answered, 0 for a notification
/// @param payload the fixed part, then attributes
record Reply(int type, int flags, int sequence, ByteBuffer payload) {

    static final int NOOP = 1;
    static final int ERROR = 2;
    static final int DONE = 3;

    /// Below it are the types that all protocols share.
    static final int FIRST_OWN_TYPE = 16;

    private static final int NO_ERROR_BYTES = 4;

    /// Adds the messages of a datagram, from its position to its limit, to `replies`.
    ///
    /// @return false if one is broken; those before it were added
    static boolean readAll(ByteBuffer datagram, List<Reply> replies) {
        while (datagram.remaining() >= Message.HEADER_BYTES) {
            int start = datagram.position();
            int length = datagram.getInt(start);
            int type = datagram.getShort(start + 4) & 0xffff;
            int fixed = Message.HEADER_BYTES + fixedBytes(type);
            if (length < fixed || length > datagram.remaining()) {
                return false;
            }
            ByteBuffer payload =
                    datagram.slice(start + Message.HEADER_BYTES, length - Message.HEADER_BYTES)
                            .order(ByteOrder.nativeOrder());
            replies.add(
                    new Reply(
                            type,
                            datagram.getShort(start + 6) & 0xffff,
                            datagram.getInt(start + 8),
                            payload));
            // Without overflow: length is no more than what remains.
            datagram.position(start + Math.min(length + 3 & ~3, datagram.remaining()));
        }
        return true;
    }

    /// Bytes before the attributes. The types of route netlink come in fours: new, delete, get and
    /// set; those of nf_tables have the subsystem in their high byte.
    private static int fixedBytes(int type) {
        return switch (type & ~3) {
            case 0 -> type == ERROR ? NO_ERROR_BYTES + Message.HEADER_BYTES : 0;
            case Links.NEW -> Link.HEADER_BYTES;
            case Addresses.NEW -> InterfaceAddress.HEADER_BYTES;
            case Routes.NEW -> Route.HEADER_BYTES;
            case Neighbours.NEW -> Neighbour.HEADER_BYTES;
            case Rules.NEW -> Rule.HEADER_BYTES;
            case TrafficControl.NEW_QDISC, TrafficControl.NEW_FILTER -> TrafficControl.HEADER_BYTES;
            default -> type >>> 8 == FirewallChain.SUBSYSTEM >>> 8 ? FirewallChain.HEADER_BYTES : 0;
        };
    }
}
