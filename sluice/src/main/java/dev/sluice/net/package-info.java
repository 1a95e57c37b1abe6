/// Every native contact with Linux: system calls, packet sockets, netlink, bpf(2), namespaces.
@NullMarked
package dev.sluice.net;

import org.jspecify.annotations.NullMarked;
