package dev.sluice.net.netlink;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// A chain that packets enter by themselves: a base chain of nf_tables, whether nft or iptables-nft
/// made it, or a built-in chain of iptables-legacy.
///
/// @param hook such as `prerouting`
/// @param dropsByDefault whether its policy is to drop
/// @param rules how many it has
/// @param isLegacy whether it is one of iptables-legacy or ip6tables-legacy
public record FirewallChain(
        TableFamily family,
        String table,
        String name,
        String type,
        String hook,
        int priority,
        boolean dropsByDefault,
        int rules,
        boolean isLegacy) {

    /// What kind of packets a table sees.
    public enum TableFamily {
        INET(1),
        IP(2),
        ARP(3),
        NETDEV(5),
        BRIDGE(7),
        IP6(10),
        OTHER(-1);

        private final int number; // NFPROTO_*

        TableFamily(int number) {
            this.number = number;
        }

        private static TableFamily of(int number) {
            for (TableFamily family : values()) {
                if (family.number == number) {
                    return family;
                }
            }
            return OTHER;
        }
    }

    static final int SUBSYSTEM = 10 << 8; // NFNL_SUBSYS_NFTABLES
    private static final int GET_CHAIN = SUBSYSTEM | 4;

    static final int HEADER_BYTES = 4; // struct nfgenmsg
    private static final int TABLE = 1;
    private static final int NAME = 3;
    private static final int HOOK = 4;
    private static final int POLICY = 5;
    private static final int USE = 6;
    private static final int TYPE = 7;
    private static final int HOOK_NUMBER = 1;
    private static final int HOOK_PRIORITY = 2;

    private static final List<String> HOOKS =
            List.of("prerouting", "input", "forward", "output", "postrouting", "ingress");
    private static final List<String> NETDEV_HOOKS = List.of("ingress", "egress");

    /// The chains in the calling thread's namespace; none when the kernel has no firewall.
    public static List<FirewallChain> list() {
        List<FirewallChain> all = new ArrayList<>(ofNfTables());
        all.addAll(LegacyFirewall.list());
        return all;
    }

    private static List<FirewallChain> ofNfTables() {
        try (NetlinkSocket socket = new NetlinkSocket(NetlinkSocket.NETFILTER)) {
            Message request =
                    Message.of("NFT_MSG_GETCHAIN", GET_CHAIN, 0, "all")
                            .u8(Sockets.AF_UNSPEC)
                            .u8(0)
                            .u16(0);
            return socket.dump(request).stream()
                    .map(reply -> parse(reply.payload()))
                    .filter(Objects::nonNull)
                    .toList();
        } catch (LinuxException e) {
            return switch (e.errno()) {
                case Errno.EPROTONOSUPPORT, Errno.EOPNOTSUPP, Errno.EINVAL -> List.of();
                default -> throw e;
            };
        }
    }

    /// What it does with packets, in words: `has 2 rules and drops by default (family inet, hook
    /// input)`.
    public String inWords() {
        String what = dropsByDefault ? "drops by default" : "accepts by default";
        if (rules > 0) {
            String count = rules == 1 ? "has 1 rule" : "has " + rules + " rules";
            what = dropsByDefault ? count + " and " + what : count;
        }
        String maker =
                !isLegacy
                        ? "family " + family.name().toLowerCase(Locale.ROOT)
                        : family == TableFamily.IP6 ? "ip6tables-legacy" : "iptables-legacy";
        return what + " (" + maker + ", hook " + hook + ")";
    }

    static @Nullable FirewallChain parse(ByteBuffer payload) {
        Attributes attributes = Attributes.parse(payload.duplicate().position(HEADER_BYTES));
        if (!attributes.has(HOOK)) {
            return null; // entered by jumps only
        }
        TableFamily family = TableFamily.of(payload.get(0) & 0xff);
        Attributes hook = attributes.nest(HOOK);
        int number = hook.bigEndianI32(HOOK_NUMBER, -1);
        List<String> names = family == TableFamily.NETDEV ? NETDEV_HOOKS : HOOKS;
        return new FirewallChain(
                family,
                attributes.string(TABLE, ""),
                attributes.string(NAME, ""),
                attributes.string(TYPE, ""),
                number >= 0 && number < names.size() ? names.get(number) : "hook " + number,
                hook.bigEndianI32(HOOK_PRIORITY, 0),
                attributes.bigEndianI32(POLICY, 1) == 0,
                // Nothing can jump to a base chain, so its uses are its rules.
                attributes.bigEndianI32(USE, 0),
                /* isLegacy= */ false);
    }
}
