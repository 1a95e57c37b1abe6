package dev.sluice.net.netlink;

import dev.sluice.wire.Address;

import java.util.List;
import java.util.Objects;

/// The IP addresses of interfaces.
public final class Addresses {

    static final int NEW = 20;
    static final int DELETE = 21;
    private static final int GET = 22;

    private final NetlinkSocket socket;

    Addresses(NetlinkSocket socket) {
        this.socket = socket;
    }

    public List<InterfaceAddress> list() {
        Message request = Message.of("RTM_GETADDR", GET, 0, "all").i32(0).i32(0);
        return socket.dump(request).stream()
                .map(reply -> InterfaceAddress.parse(reply.payload()))
                .filter(Objects::nonNull)
                .toList();
    }

    /// Adds an address that is usable at once: IPv6 duplicate address detection is skipped, so be
    /// sure that it is yours.
    public void add(int interfaceIndex, Address address, int prefixBits) {
        add(interfaceIndex, address, prefixBits, false);
    }

    /// Adds an address.
    ///
    /// @param detectDuplicates whether IPv6 first asks if somebody else has it; the address is
    ///   tentative for about a second then
    public void add(int interfaceIndex, Address address, int prefixBits, boolean detectDuplicates) {
        Message request =
                header("RTM_NEWADDR", NEW, interfaceIndex, address, prefixBits, true)
                        .attribute(InterfaceAddress.LOCAL, address)
                        .attribute(InterfaceAddress.ADDRESS, address);
        if (address.isIpv6() && !detectDuplicates) {
            request.attributeI32(InterfaceAddress.FLAGS, InterfaceAddress.NO_DUPLICATE_DETECTION);
        }
        socket.change(request);
    }

    public void delete(int interfaceIndex, Address address, int prefixBits) {
        socket.change(
                header("RTM_DELADDR", DELETE, interfaceIndex, address, prefixBits, false)
                        .attribute(InterfaceAddress.LOCAL, address)
                        .attribute(InterfaceAddress.ADDRESS, address));
    }

    /// With `struct ifaddrmsg`: family 8, prefix 8, flags 8, scope 8, index 32.
    private static Message header(
            String call,
            int type,
            int interfaceIndex,
            Address address,
            int prefixBits,
            boolean create) {
        return Message.of(
                        call,
                        type,
                        create ? Message.CREATE | Message.EXCLUSIVE : 0,
                        address + "/" + prefixBits + " on #" + interfaceIndex)
                .u8(Families.number(address))
                .u8(prefixBits)
                .u8(0)
                .u8(0)
                .i32(interfaceIndex);
    }
}
