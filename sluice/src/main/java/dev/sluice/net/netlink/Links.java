package dev.sluice.net.netlink;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Interfaces. Those that exist are named by their index, which never changes within a namespace.
public final class Links {

    private static final Logger LOG = LoggerFactory.getLogger(Links.class);

    static final int NEW = 16;
    static final int DELETE = 17;
    private static final int GET = 18;

    private static final int VETH_INFO_PEER = 1;
    private static final int VLAN_ID = 1;

    private final NetlinkSocket socket;

    Links(NetlinkSocket socket) {
        this.socket = socket;
    }

    public List<Link> list() {
        return socket.dump(header("RTM_GETLINK", GET, 0, 0, "all")).stream()
                .map(reply -> Link.parse(reply.payload()))
                .toList();
    }

    /// The interface of a name.
    ///
    /// @throws LinuxException ENODEV when there is none of that name
    public Link get(String name) {
        return Link.parse(
                socket.get(header("RTM_GETLINK", GET, 0, 0, name).attribute(Link.NAME, name))
                        .payload());
    }

    public Link get(int index) {
        return Link.parse(socket.get(header("RTM_GETLINK", GET, 0, index, "#" + index)).payload());
    }

    public Optional<Link> find(String name) {
        try {
            return Optional.of(get(name));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENODEV) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Creates two interfaces joined like by a cable.
    ///
    /// @return the index of the first
    public int createVeth(String name, String peer) {
        return createVeth(name, peer, null);
    }

    /// Creates two interfaces joined like by a cable, the second at once in another namespace.
    ///
    /// @return the index of the first
    public int createVeth(String name, String peer, @Nullable NetworkNamespace peerNamespace) {
        create(
                name,
                "veth",
                "veth " + name + "/" + peer,
                message -> {},
                data ->
                        data.nest(
                                VETH_INFO_PEER,
                                end -> {
                                    end.bytes(new byte[Link.HEADER_BYTES])
                                            .attribute(Link.NAME, peer);
                                    if (peerNamespace != null) {
                                        end.attributeI32(Link.NAMESPACE_FD, peerNamespace.number());
                                    }
                                }));
        return get(name).index();
    }

    /// Creates an interface that swallows what it gets.
    public int createDummy(String name) {
        create(name, "dummy", "dummy " + name, message -> {}, data -> {});
        return get(name).index();
    }

    public int createBridge(String name) {
        create(name, "bridge", "bridge " + name, message -> {}, data -> {});
        return get(name).index();
    }

    /// Creates an interface for the frames of another that carry a tag.
    ///
    /// @param vlanId 1 to 4094
    public int createVlan(String name, int lowerIndex, int vlanId) {
        create(
                name,
                "vlan",
                "vlan " + name,
                message -> message.attributeI32(Link.LINK, lowerIndex),
                data -> data.attributeU16(VLAN_ID, vlanId));
        return get(name).index();
    }

    public void delete(int index) {
        socket.change(header("RTM_DELLINK", DELETE, 0, index, "#" + index));
    }

    public void setUp(int index, boolean up) {
        setFlags(index, up ? Link.IFF_UP : 0, Link.IFF_UP, up ? "up" : "down");
    }

    /// Without ARP (and neighbour discovery) the kernel resolves nothing on it.
    public void setArp(int index, boolean arp) {
        setFlags(index, arp ? 0 : Link.IFF_NOARP, Link.IFF_NOARP, arp ? "arp" : "noarp");
    }

    public void setMtu(int index, int bytes) {
        socket.change(
                header("RTM_SETLINK", NEW, 0, index, "#" + index + " mtu " + bytes)
                        .attributeI32(Link.MTU, bytes));
    }

    /// Lets super-packets of up to this size pass whole, where the kernel can do that; elsewhere it
    /// cuts them.
    public void setLongestSuperPacket(int index, int bytes) {
        for (int attribute : new int[] {Link.GSO_MAX_SIZE, Link.GSO_IPV4_MAX_SIZE}) {
            try {
                socket.change(
                        header("RTM_SETLINK", NEW, 0, index, "#" + index + " super-packets")
                                .attributeI32(attribute, bytes));
            } catch (LinuxException e) {
                LOG.debug("super-packets of at most 64 KiB", e);
            }
        }
    }

    /// Gives an interface another link address.
    ///
    /// @param mac in the low 48 bits
    public void setMacAddress(int index, long mac) {
        socket.change(
                header("RTM_SETLINK", NEW, 0, index, "#" + index + " address " + macText(mac))
                        .attributeMac(Link.ADDRESS, mac));
    }

    /// Makes an interface part of another.
    ///
    /// @param masterIndex a bridge, bond or VRF; 0 for none
    public void setMaster(int index, int masterIndex) {
        socket.change(
                header("RTM_SETLINK", NEW, 0, index, "#" + index + " master #" + masterIndex)
                        .attributeI32(Link.MASTER, masterIndex));
    }

    /// Moves an interface away. It loses its addresses, and is down in its new place.
    public void move(int index, NetworkNamespace namespace) {
        socket.change(
                header("RTM_SETLINK", NEW, 0, index, "#" + index + " netns " + namespace)
                        .attributeI32(Link.NAMESPACE_FD, namespace.number()));
    }

    /// `02:00:00:00:00:01`.
    public static String macText(long mac) {
        StringBuilder text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(shift == 40 ? "" : ":").append(String.format("%02x", mac >>> shift & 0xff));
        }
        return text.toString();
    }

    private void create(
            String name,
            String kind,
            String object,
            Consumer<Message> attributes,
            Consumer<Message> data) {
        Message message =
                header("RTM_NEWLINK", NEW, Message.CREATE | Message.EXCLUSIVE, 0, object)
                        .attribute(Link.NAME, name);
        attributes.accept(message);
        socket.change(
                message.nest(
                        Link.LINKINFO,
                        info -> info.attribute(Link.INFO_KIND, kind).nest(Link.INFO_DATA, data)));
    }

    private void setFlags(int index, int flags, int mask, String what) {
        Message message = Message.of("RTM_SETLINK", NEW, 0, "#" + index + " " + what);
        socket.change(message.i32(0).i32(index).i32(flags).i32(mask));
    }

    /// With `struct ifinfomsg`: family 8, padding 8, type 16, index 32, flags 32, change mask 32.
    private static Message header(String call, int type, int flags, int index, String object) {
        return Message.of(call, type, flags, object).i32(0).i32(index).i32(0).i32(0);
    }
}
