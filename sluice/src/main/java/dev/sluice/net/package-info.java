/// Every native contact with Linux: system calls, packet sockets, netlink, bpf(2), namespaces.
/// Start at [dev.sluice.net.linux.Kernel], through which all calls go; above it are `packet`,
/// `netlink` and `bpf`.
///
/// Must not know what a call is made for: services, connections, virtual routers.
@NullMarked
package dev.sluice.net;

import org.jspecify.annotations.NullMarked;
