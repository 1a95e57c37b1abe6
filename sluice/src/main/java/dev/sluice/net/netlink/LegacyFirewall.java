package dev.sluice.net.netlink;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.Sockets;
import dev.sluice.net.netlink.FirewallChain.TableFamily;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The tables of iptables-legacy and ip6tables-legacy, which no netlink tells of: they are read as
/// iptables itself reads them (`linux/netfilter_ipv4/ip_tables.h`, `…_ipv6/ip6_tables.h`).
///
/// ```
///  getinfo:  name 32 | valid hooks | first rule of each hook × 5 | policy of each hook × 5 | rules | bytes
///  rule:     match …, target at +offset, next rule at +offset, …; the policy is the last of its hook
/// ```
final class LegacyFirewall {

    private static final int GET_INFO = 64;
    private static final int GET_ENTRIES = 65;

    private static final int NAME_BYTES = 32;
    private static final int INFO_BYTES = 84;
    private static final int VALID_HOOKS = 32;
    private static final int HOOK_ENTRIES = 36;
    private static final int UNDERFLOWS = 56;
    private static final int SIZE = 80;

    /// `struct ipt_get_entries` without its rules, which are aligned to eight bytes.
    private static final int ENTRIES_HEADER_BYTES = 40;

    /// `struct xt_entry_target`, before the verdict.
    private static final int TARGET_HEADER_BYTES = 32;

    private static final int VERDICT_DROP = -1; // -NF_DROP - 1

    /// More is nobody's rules.
    private static final int MAXIMUM_BYTES = 256 << 20;

    private static final String[] HOOKS = {
        "prerouting", "input", "forward", "output", "postrouting"
    };

    /// Where the two families differ.
    private record Side(
            TableFamily family, int domain, int level, String names, int targetOffset) {}

    private static final Side IPV4 =
            new Side(TableFamily.IP, Sockets.AF_INET, /* SOL_IP */ 0, "ip_tables_names", 88);
    private static final Side IPV6 =
            new Side(TableFamily.IP6, Sockets.AF_INET6, /* SOL_IPV6 */ 41, "ip6_tables_names", 140);

    private static final int IPPROTO_RAW = 255;

    private LegacyFirewall() {}

    /// The built-in chains of the tables that somebody used; asking for others would make them.
    static List<FirewallChain> list() {
        List<FirewallChain> chains = new ArrayList<>();
        for (Side side : List.of(IPV4, IPV6)) {
            for (String table : tables(side)) {
                read(side, table, chains);
            }
        }
        return chains;
    }

    private static List<String> tables(Side side) {
        try {
            return Files.readAllLines(Path.of("/proc/thread-self/net", side.names));
        } catch (IOException e) {
            return List.of(); // no such tables in this kernel, or not for us
        }
    }

    private static void read(Side side, String table, List<FirewallChain> chains) {
        try (Descriptor socket =
                        Descriptor.socket(
                                side.domain, Sockets.SOCK_RAW, IPPROTO_RAW, "iptables " + table);
                Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES, 8);
            info.copyFrom(MemorySegment.ofArray(table.getBytes(StandardCharsets.US_ASCII)));
            get(socket, side, GET_INFO, info, arena);
            int size = info.get(ValueLayout.JAVA_INT, SIZE);
            if (size <= 0 || size > MAXIMUM_BYTES) {
                return;
            }
            MemorySegment entries = arena.allocate(ENTRIES_HEADER_BYTES + (long) size, 8);
            entries.copyFrom(info.asSlice(0, NAME_BYTES));
            entries.set(ValueLayout.JAVA_INT, NAME_BYTES, size);
            get(socket, side, GET_ENTRIES, entries, arena);
            MemorySegment rules = entries.asSlice(ENTRIES_HEADER_BYTES);
            for (int hook = 0; hook < HOOKS.length; hook++) {
                if ((info.get(ValueLayout.JAVA_INT, VALID_HOOKS) & 1 << hook) != 0) {
                    int first = info.get(ValueLayout.JAVA_INT, HOOK_ENTRIES + 4L * hook);
                    int policy = info.get(ValueLayout.JAVA_INT, UNDERFLOWS + 4L * hook);
                    chains.add(chain(side, table, HOOKS[hook], rules, first, policy));
                }
            }
        }
    }

    private static void get(
            Descriptor socket, Side side, int option, MemorySegment value, Arena arena) {
        MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, (int) value.byteSize());
        socket.check(
                Kernel.getsockopt(socket.number(), side.level, option, value, length),
                "getsockopt " + option);
    }

    /// @param first where its first rule is, or its policy when there is none
    private static FirewallChain chain(
            Side side, String table, String hook, MemorySegment rules, int first, int policy) {
        int count = 0;
        int at = first;
        while (at < policy) {
            int next = rules.get(ValueLayout.JAVA_SHORT, at + side.targetOffset + 2L) & 0xffff;
            if (next == 0) {
                break; // what the kernel never makes
            }
            at += next;
            count++;
        }
        int target = rules.get(ValueLayout.JAVA_SHORT, policy + (long) side.targetOffset) & 0xffff;
        int verdict = rules.get(ValueLayout.JAVA_INT, policy + target + (long) TARGET_HEADER_BYTES);
        return new FirewallChain(
                side.family,
                table,
                hook.toUpperCase(Locale.ROOT),
                table,
                hook,
                0,
                verdict == VERDICT_DROP,
                count,
                true);
    }
}
