/// Asking and telling the kernel about interfaces, addresses, routes, neighbours and traffic
/// control (rtnetlink), and which firewall chains it has (nf_tables and, by socket options,
/// iptables-legacy; read only).
///
/// Start at [Rtnetlink]. A message is a header and attributes, both values: [Message] writes them,
/// [Attributes] reads them, [NetlinkSocket] carries them. Must not know why somebody asks.
///
/// Numbers come from
/// `include/uapi/linux/{netlink,rtnetlink,if_link,if_addr,neighbour,fib_rules,pkt_sched,pkt_cls}.h`.
@NullMarked
package dev.sluice.net.netlink;

import org.jspecify.annotations.NullMarked;
