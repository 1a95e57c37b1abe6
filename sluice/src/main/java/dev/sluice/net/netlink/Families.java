package dev.sluice.net.netlink;

import dev.sluice.net.linux.Sockets;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

/// Address families as the kernel numbers them.
final class Families {

    private Families() {}

    static int number(Family family) {
        return family == Family.IPV6 ? Sockets.AF_INET6 : Sockets.AF_INET;
    }

    static int number(Address address) {
        return number(address.family());
    }

    static boolean isIp(int number) {
        return number == Sockets.AF_INET || number == Sockets.AF_INET6;
    }

    static Family of(int number) {
        return number == Sockets.AF_INET6 ? Family.IPV6 : Family.IPV4;
    }

    static Address any(Family family) {
        return family == Family.IPV6 ? Address.ANY_IPV6 : Address.ANY_IPV4;
    }
}
