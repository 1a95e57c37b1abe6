package dev.sluice.net.netlink;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Poll;
import dev.sluice.net.linux.Sockets;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// A subscription to changes of the network in one namespace. Subscribe first, then list what is
/// there: nothing falls between.
public final class Notifications implements AutoCloseable {

    /// What to hear about.
    public enum Topic {
        LINKS(1, 1),
        NEIGHBOURS(3, 3),
        ADDRESSES(5, 9),
        ROUTES(7, 11),
        RULES(8, 19),
        /// Objects that routes refer to and that change without them (`ip nexthop`).
        NEXT_HOPS(32, 32);

        // enum rtnetlink_groups
        private final int ipv4Group;
        private final int ipv6Group;

        Topic(int ipv4Group, int ipv6Group) {
            this.ipv4Group = ipv4Group;
            this.ipv6Group = ipv6Group;
        }
    }

    /// A busy table (a routing daemon starts) makes many messages at once.
    private static final int RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

    private static final int NEXT_HOP_NEW = 104;
    private static final int NEXT_HOP_DELETE = 105;

    private final NetlinkSocket socket;

    private Notifications(Set<Topic> topics) {
        socket = new NetlinkSocket(NetlinkSocket.ROUTE);
        int number = socket.descriptor().number();
        if (Kernel.setsockopt(
                        number, Sockets.SOL_SOCKET, Sockets.SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
                < 0) {
            // In a user namespace only up to net.core.rmem_max.
            Kernel.setsockopt(number, Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
        }
        for (Topic topic : topics) {
            socket.join(topic.ipv4Group);
            socket.join(topic.ipv6Group);
        }
    }

    /// In the calling thread's namespace.
    public static Notifications subscribe(Topic first, Topic... others) {
        return new Notifications(EnumSet.of(first, others));
    }

    public static Notifications subscribe(
            NetworkNamespace namespace, Topic first, Topic... others) {
        return namespace.call(() -> subscribe(first, others));
    }

    /// Readable when there are events, for a poll of the caller's own.
    public Descriptor descriptor() {
        return socket.descriptor();
    }

    /// Waits for events and takes what is there; an empty list when the time is over.
    ///
    /// @param timeoutMillis 0 not to wait, negative to wait for ever
    public List<NetworkEvent> await(int timeoutMillis) {
        List<NetworkEvent> events = new ArrayList<>();
        if (!Poll.readable(socket.descriptor(), timeoutMillis)) {
            return events;
        }
        while (true) {
            List<Reply> replies;
            try {
                replies = socket.receiveNotifications();
            } catch (LinuxException e) {
                switch (e.errno()) {
                    case Errno.EAGAIN -> {
                        return events;
                    }
                    case Errno.EINTR -> {
                        continue;
                    }
                    case Errno.ENOBUFS -> {
                        events.add(new NetworkEvent.Lost());
                        continue;
                    }
                    default -> throw e;
                }
            }
            for (Reply reply : replies) {
                add(events, reply);
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    static void add(List<NetworkEvent> events, Reply reply) {
        ByteBuffer payload = reply.payload();
        switch (reply.type()) {
            case Links.NEW -> events.add(new NetworkEvent.LinkEvent(Link.parse(payload), false));
            case Links.DELETE -> events.add(new NetworkEvent.LinkEvent(Link.parse(payload), true));
            case Addresses.NEW, Addresses.DELETE -> {
                InterfaceAddress address = InterfaceAddress.parse(payload);
                if (address != null) {
                    boolean removed = reply.type() == Addresses.DELETE;
                    events.add(new NetworkEvent.AddressEvent(address, removed));
                }
            }
            case Routes.NEW, Routes.DELETE -> {
                Route route = Route.parse(payload);
                if (route != null) {
                    boolean removed = reply.type() == Routes.DELETE;
                    events.add(new NetworkEvent.RouteEvent(route, removed));
                }
            }
            case Rules.NEW, Rules.DELETE -> {
                Rule rule = Rule.parse(payload);
                if (rule != null) {
                    boolean removed = reply.type() == Rules.DELETE;
                    events.add(new NetworkEvent.RuleEvent(rule, removed));
                }
            }
            case Neighbours.NEW, Neighbours.DELETE -> {
                Neighbour neighbour = Neighbour.parse(payload);
                if (neighbour != null) {
                    boolean removed = reply.type() == Neighbours.DELETE;
                    events.add(new NetworkEvent.NeighbourEvent(neighbour, removed));
                }
            }
            case NEXT_HOP_NEW, NEXT_HOP_DELETE -> events.add(new NetworkEvent.NextHopEvent());
            default -> {}
        }
    }
}
