package dev.sluice.lab;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.Route;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;

/// The interfaces of one host by their names, with their addresses and routes.
public final class Interfaces implements AutoCloseable {

    private static final int KEPT = Neighbour.NOARP | Neighbour.PERMANENT;

    private final Host host;
    private final Rtnetlink netlink;

    Interfaces(Host host) {
        this.host = host;
        this.netlink = Rtnetlink.open(host.namespace());
    }

    public int index(String name) {
        return netlink.links().get(name).index();
    }

    /// A MAC address, in the low 48 bits.
    public long mac(String name) {
        return netlink.links().get(name).macAddress();
    }

    /// Gives an interface a MAC address.
    public void setMac(String name, long mac) {
        netlink.links().setMacAddress(index(name), mac);
    }

    public void setUp(String name, boolean up) {
        netlink.links().setUp(index(name), up);
    }

    public void setMtu(String name, int bytes) {
        netlink.links().setMtu(index(name), bytes);
    }

    /// Has TCP make frames of up to this size, where the kernel can.
    void setLongestSuperPacket(String name, int bytes) {
        netlink.links().setLongestSuperPacket(index(name), bytes);
    }

    /// Lays a cable to another host. Both ends are still down.
    public void addCable(String name, Host other, String otherName) {
        try {
            netlink.links().createVeth(name, otherName, other.namespace());
        } catch (LinuxException failure) {
            throw without("veth", failure);
        }
    }

    public void addBridge(String name) {
        try {
            netlink.links().createBridge(name);
        } catch (LinuxException failure) {
            throw without("bridge", failure);
        }
    }

    private static RuntimeException without(String kind, LinuxException failure) {
        return failure.errno() == Errno.EOPNOTSUPP
                ? new LabException(
                        "this kernel has no "
                                + kind
                                + " interfaces; load the module first, as root: modprobe "
                                + kind)
                : failure;
    }

    public void join(String port, String bridge) {
        netlink.links().setMaster(index(port), index(bridge));
    }

    /// Takes a port out of its bridge: who is behind it neither loses its carrier nor hears
    /// anything.
    void leave(String port) {
        netlink.links().setMaster(index(port), 0);
    }

    public void addAddress(String name, Address address, int prefixBits) {
        netlink.addresses().add(index(name), address, prefixBits);
    }

    public void deleteAddress(String name, Address address, int prefixBits) {
        netlink.addresses().delete(index(name), address, prefixBits);
    }

    public void addDefaultRoute(Address gateway) {
        netlink.routes().add(Route.byDefault(gateway.family()).via(gateway));
    }

    /// Routes to a network or, with all bits, to a host.
    public void addRoute(Address destination, int prefixBits, Address gateway) {
        netlink.routes().add(Route.to(destination, prefixBits).via(gateway));
    }

    /// Has the host answer for every address of a network, as if it had them all.
    public void addLocalNetwork(String name, Address network, int prefixBits) {
        netlink.routes()
                .add(
                        Route.to(network, prefixBits)
                                .ofType(Route.Type.LOCAL)
                                .inTable(Route.TABLE_LOCAL)
                                .on(index(name)));
    }

    /// Forgets who lives where on a link.
    public void flushNeighbours(String name) {
        int index = index(name);
        for (Neighbour neighbour : netlink.neighbours().list()) {
            if (neighbour.interfaceIndex() == index && (neighbour.state() & KEPT) == 0) {
                netlink.neighbours().delete(index, neighbour.address());
            }
        }
    }

    @Override
    public void close() {
        netlink.close();
    }

    @Override
    public String toString() {
        return "interfaces of " + host;
    }
}
