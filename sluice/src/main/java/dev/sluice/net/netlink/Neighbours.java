package dev.sluice.net.netlink;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.wire.Address;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// The kernel's neighbour tables (ARP and neighbour discovery).
public final class Neighbours {

    static final int NEW = 28;
    static final int DELETE = 29;
    private static final int GET = 30;

    private static final int NTF_USE = 0x01;

    private final NetlinkSocket socket;

    Neighbours(NetlinkSocket socket) {
        this.socket = socket;
    }

    public List<Neighbour> list() {
        Message request = Message.of("RTM_GETNEIGH", GET, 0, "all").i32(0).i32(0).i32(0);
        return socket.dump(request).stream()
                .map(reply -> Neighbour.parse(reply.payload()))
                .filter(Objects::nonNull)
                .toList();
    }

    public Optional<Neighbour> find(int interfaceIndex, Address address) {
        try {
            Message request =
                    header("RTM_GETNEIGH", GET, 0, interfaceIndex, address, 0, 0)
                            .attribute(Neighbour.DESTINATION, address);
            return Optional.ofNullable(Neighbour.parse(socket.get(request).payload()));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Says for good where a neighbour is.
    ///
    /// @param mac in the low 48 bits
    public void addPermanent(int interfaceIndex, Address address, long mac) {
        socket.change(
                header(
                                "RTM_NEWNEIGH",
                                NEW,
                                Message.CREATE | Message.REPLACE,
                                interfaceIndex,
                                address,
                                Neighbour.PERMANENT,
                                0)
                        .attribute(Neighbour.DESTINATION, address)
                        .attributeMac(Neighbour.LINK_ADDRESS, mac));
    }

    /// Tells the kernel that packets go there: it resolves the neighbour if it must and confirms it
    /// when it is stale, as if it had sent one itself. The result arrives as a notification.
    public void use(int interfaceIndex, Address address) {
        socket.change(
                header("RTM_NEWNEIGH", NEW, Message.CREATE, interfaceIndex, address, 0, NTF_USE)
                        .attribute(Neighbour.DESTINATION, address));
    }

    public void delete(int interfaceIndex, Address address) {
        socket.change(
                header("RTM_DELNEIGH", DELETE, 0, interfaceIndex, address, 0, 0)
                        .attribute(Neighbour.DESTINATION, address));
    }

    /// With `struct ndmsg`: family 8, padding 24, interface 32, state 16, flags 8, type 8.
    private static Message header(
            String call,
            int type,
            int flags,
            int interfaceIndex,
            Address address,
            int state,
            int neighbourFlags) {
        return Message.of(call, type, flags, address + " on #" + interfaceIndex)
                .u8(Families.number(address))
                .u8(0)
                .u16(0)
                .i32(interfaceIndex)
                .u16(state)
                .u8(neighbourFlags)
                .u8(0);
    }
}
