package dev.sluice.net.netlink;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
                header("RTM_NEWADDR", NEW, interfaceIndex, address, prefixBits, true, 0)
                        .attribute(InterfaceAddress.LOCAL, address)
                        .attribute(InterfaceAddress.ADDRESS, address);
        if (address.isIpv6() && !detectDuplicates) {
            request.attributeI32(InterfaceAddress.FLAGS, InterfaceAddress.NO_DUPLICATE_DETECTION);
        }
        socket.change(request);
    }

    /// How an address is to look to others on this machine.
    ///
    /// @param label of IPv4, such as `eth0:1`; empty for none
    /// @param broadcast of IPv4, or null for none
    /// @param scope 0 global, 253 link, 254 host
    /// @param isSource whether programs may pick it as the source of what they send; IPv6 only
    public record Appearance(
            String label, @Nullable Address broadcast, int scope, boolean isSource) {

        public static final Appearance PLAIN = new Appearance("", null, 0, true);
    }

    /// Adds an address that is usable at once, with more about it than others have.
    public void add(int interfaceIndex, Address address, int prefixBits, Appearance appearance) {
        Message request =
                header(
                                "RTM_NEWADDR",
                                NEW,
                                interfaceIndex,
                                address,
                                prefixBits,
                                true,
                                appearance.scope)
                        .attribute(InterfaceAddress.LOCAL, address)
                        .attribute(InterfaceAddress.ADDRESS, address);
        if (address.isIpv6()) {
            request.attributeI32(InterfaceAddress.FLAGS, InterfaceAddress.NO_DUPLICATE_DETECTION);
            if (!appearance.isSource) {
                // struct ifa_cacheinfo: preferred for 0 s, valid for ever, two time stamps.
                ByteBuffer life = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
                request.attribute(InterfaceAddress.CACHE_INFO, life.putInt(4, -1).array());
            }
        } else {
            if (appearance.broadcast != null) {
                request.attribute(InterfaceAddress.BROADCAST, appearance.broadcast);
            }
            if (!appearance.label.isEmpty()) {
                request.attribute(InterfaceAddress.LABEL, appearance.label);
            }
        }
        socket.change(request);
    }

    public void delete(int interfaceIndex, Address address, int prefixBits) {
        socket.change(
                header("RTM_DELADDR", DELETE, interfaceIndex, address, prefixBits, false, 0)
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
            boolean create,
            int scope) {
        return Message.of(
                        call,
                        type,
                        create ? Message.CREATE | Message.EXCLUSIVE : 0,
                        address + "/" + prefixBits + " on #" + interfaceIndex)
                .u8(Families.number(address))
                .u8(prefixBits)
                .u8(0)
                .u8(scope)
                .i32(interfaceIndex);
    }
}
