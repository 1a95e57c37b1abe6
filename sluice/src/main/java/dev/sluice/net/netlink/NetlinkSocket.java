package dev.sluice.net.netlink;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A netlink socket in the namespace of the thread that opens it: requests out, replies in, one
/// exchange at a time.
final class NetlinkSocket implements AutoCloseable {

    static final int ROUTE = 0;
    static final int NETFILTER = 12;

    private static final int SOL_NETLINK = 270;
    private static final int ADD_MEMBERSHIP = 1;
    private static final int CAP_ACK = 10;
    private static final int EXT_ACK = 11;
    private static final int STRICT_CHECK = 12;

    private static final int DUMP_INTERRUPTED = 0x10;
    private static final int CAPPED = 0x100;
    private static final int HAS_EXTENDED_ACK = 0x200;
    private static final int EXTENDED_ACK_TEXT = 1;

    /// The kernel fills dump buffers up to what the reader offers, at most 32 KiB, but a single
    /// message (a link with many virtual functions) may be larger.
    private static final int BUFFER_BYTES = 128 * 1024;

    /// A table that changes while it is listed is listed again, this often.
    private static final int DUMP_ATTEMPTS = 8;

    private final Descriptor socket;

    /// Freed by the collector: a thread that still waits for a message must not write into memory
    /// that somebody else got.
    private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_BYTES, 8);

    private int sequence;

    NetlinkSocket(int protocol) {
        socket =
                Descriptor.socket(
                        Sockets.AF_NETLINK, Sockets.SOCK_RAW, protocol, "netlink " + protocol);
        MemorySegment address = Arena.ofAuto().allocate(12, 4);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_NETLINK);
        socket.check(Kernel.bind(socket.number(), address), "bind");
        // All three are niceties of newer kernels.
        Kernel.setsockopt(socket.number(), SOL_NETLINK, CAP_ACK, 1);
        Kernel.setsockopt(socket.number(), SOL_NETLINK, EXT_ACK, 1);
        Kernel.setsockopt(socket.number(), SOL_NETLINK, STRICT_CHECK, 1);
    }

    Descriptor descriptor() {
        return socket;
    }

    void join(int group) {
        socket.check(
                Kernel.setsockopt(socket.number(), SOL_NETLINK, ADD_MEMBERSHIP, group),
                "setsockopt NETLINK_ADD_MEMBERSHIP " + group);
    }

    /// Sends a change and waits until it is done.
    void change(Message request) {
        exchange(request, Message.ACKNOWLEDGE, _ -> {});
    }

    /// Asks for one thing.
    Reply get(Message request) {
        List<Reply> replies = new ArrayList<>();
        exchange(request, Message.ACKNOWLEDGE, replies::add);
        if (replies.isEmpty()) {
            throw new LinuxException(
                    request.call(), request.object(), Errno.ENOENT, "the kernel sent no reply");
        }
        return replies.getFirst();
    }

    /// Asks for everything.
    List<Reply> dump(Message request) {
        List<Reply> replies = new ArrayList<>();
        dump(request, replies::add, replies::clear);
        return replies;
    }

    /// Asks for everything, one after another; some maybe more than once.
    void dump(Message request, Consumer<Reply> visitor) {
        dump(request, visitor, () -> {});
    }

    private void dump(Message request, Consumer<Reply> visitor, Runnable again) {
        for (int attempt = 1; ; attempt++) {
            try {
                exchange(request, Message.DUMP, visitor);
                return;
            } catch (DumpInterrupted e) {
                if (attempt == DUMP_ATTEMPTS) {
                    throw new LinuxException(
                            request.call(), request.object(), Errno.EINTR, "it kept changing");
                }
                again.run();
            }
        }
    }

    private synchronized void exchange(Message request, int flags, Consumer<Reply> visitor) {
        int number = ++sequence;
        byte[] bytes = request.finish(number);
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        header.putShort(6, (short) (header.getShort(6) | flags));
        check(Kernel.write(socket.number(), bytes), request, "");
        boolean interrupted = false;
        while (true) {
            List<Reply> received = new ArrayList<>();
            if (!Reply.readAll(receive(request), received)) {
                throw new LinuxException(
                        request.call(), request.object(), Errno.EIO, "a broken reply");
            }
            for (Reply reply : received) {
                if (reply.sequence() != number) {
                    continue; // left over from an exchange that failed half-way
                }
                interrupted |= (reply.flags() & DUMP_INTERRUPTED) != 0;
                switch (reply.type()) {
                    case Reply.NOOP -> {}
                    case Reply.ERROR, Reply.DONE -> {
                        ByteBuffer payload = reply.payload();
                        int error = payload.remaining() >= 4 ? payload.getInt(0) : 0;
                        check(error, request, extendedAck(reply));
                        if (interrupted) {
                            throw new DumpInterrupted();
                        }
                        return;
                    }
                    default -> {
                        if (reply.type() >= Reply.FIRST_OWN_TYPE) {
                            visitor.accept(reply);
                        }
                    }
                }
            }
        }
    }

    /// Waits for the next datagram of a subscription.
    ///
    /// @throws LinuxException with ENOBUFS when messages were lost
    synchronized List<Reply> receiveNotifications() {
        List<Reply> replies = new ArrayList<>();
        int length =
                socket.check(
                        Kernel.recvfrom(socket.number(), buffer, Sockets.MSG_DONTWAIT), "recv");
        // What follows something broken is lost.
        Reply.readAll(copy(length), replies);
        return replies;
    }

    @Override
    public void close() {
        socket.close();
    }

    private ByteBuffer receive(Message request) {
        int length;
        do {
            length = Kernel.recvfrom(socket.number(), buffer, Sockets.MSG_TRUNC);
        } while (length == -Errno.EINTR);
        check(length, request, "");
        if (length > BUFFER_BYTES) {
            throw new LinuxException(
                    request.call(),
                    request.object(),
                    Errno.EMSGSIZE,
                    "reply of " + length + " bytes");
        }
        return copy(length);
    }

    private ByteBuffer copy(int length) {
        return ByteBuffer.wrap(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE))
                .order(ByteOrder.nativeOrder());
    }

    /// The kernel's own words, which follow the error number and, in an ERROR, the request's header
    /// (all of the request, unless capped).
    static String extendedAck(Reply reply) {
        ByteBuffer payload = reply.payload();
        if ((reply.flags() & HAS_EXTENDED_ACK) == 0) {
            return "";
        }
        int start = 4;
        if (reply.type() == Reply.ERROR) {
            boolean onlyHeader = (reply.flags() & CAPPED) != 0 || payload.getInt(0) == 0;
            start += onlyHeader ? Message.HEADER_BYTES : payload.getInt(4) + 3 & ~3;
        }
        if (start < 0 || start > payload.limit()) {
            return "";
        }
        return Attributes.parse(payload.slice(start, payload.limit() - start))
                .string(EXTENDED_ACK_TEXT, "");
    }

    private static void check(int result, Message request, String hint) {
        boolean forbidden = result == -Errno.EPERM && hint.isEmpty();
        LinuxException.check(
                result,
                request.call(),
                request.object(),
                forbidden ? "changing the network takes root (CAP_NET_ADMIN)" : hint);
    }

    private static final class DumpInterrupted extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }
}
