package dev.sluice.net.netlink;

import dev.sluice.net.linux.NetworkNamespace;

/// A conversation with the kernel about the network of one namespace: that of the thread which
/// opens it, whichever thread uses it later. Calls wait for the kernel (microseconds), are safe
/// from any thread, and throw a [dev.sluice.net.linux.LinuxException] that carries the kernel's own
/// words where it has any.
///
/// ```java
/// try (Rtnetlink netlink = Rtnetlink.open()) {
///     int index = netlink.links().createVeth("left", "right", otherNamespace);
///     netlink.addresses().add(index, Address.parse("10.0.0.1"), 24);
///     netlink.links().setUp(index, true);
/// }
/// ```
public final class Rtnetlink implements AutoCloseable {

    private final NetlinkSocket socket;
    private final Links links;
    private final Addresses addresses;
    private final Routes routes;
    private final Rules rules;
    private final Neighbours neighbours;
    private final TrafficControl trafficControl;

    private Rtnetlink() {
        socket = new NetlinkSocket(NetlinkSocket.ROUTE);
        links = new Links(socket);
        addresses = new Addresses(socket);
        routes = new Routes(socket);
        rules = new Rules(socket);
        neighbours = new Neighbours(socket);
        trafficControl = new TrafficControl(socket);
    }

    /// In the calling thread's namespace.
    public static Rtnetlink open() {
        return new Rtnetlink();
    }

    public static Rtnetlink open(NetworkNamespace namespace) {
        return namespace.call(Rtnetlink::new);
    }

    public Links links() {
        return links;
    }

    public Addresses addresses() {
        return addresses;
    }

    public Routes routes() {
        return routes;
    }

    public Rules rules() {
        return rules;
    }

    public Neighbours neighbours() {
        return neighbours;
    }

    public TrafficControl trafficControl() {
        return trafficControl;
    }

    @Override
    public void close() {
        socket.close();
    }
}
