package dev.sluice.lab;

import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;

/// The loopback interface of the network namespace in which a lab begins.
///
/// Java finds out once, when it first opens a file channel or a socket, whether this machine has
/// IPv6, and takes an interface with an IPv6 address for the sign of it. In a namespace that was
/// made for an ordinary user not even `lo` has one, as long as it is down.
public final class Loopback {

    private Loopback() {}

    /// Sets `lo` up where it is down. To be called before anything else.
    public static void wake() {
        try (Rtnetlink netlink = Rtnetlink.open()) {
            Link lo = netlink.links().get("lo");
            if (!lo.isUp()) {
                netlink.links().setUp(lo.index(), true);
            }
        }
    }
}
