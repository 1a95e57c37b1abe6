package dev.sluice.gate;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Links;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;

/// The veth pair between gate and workers. What the gate captures it puts into `slow1`, where the
/// workers listen; what the kernel routes into `slow0` comes in there too. What workers give back
/// they write to `slow1`, and it comes in at `slow0`.
///
/// @param slow0 index of the gate's end
/// @param slow1 index of the workers' end
record SlowPair(int slow0, int slow1) {

    static final String GATE_END = "slow0";
    static final String WORKER_END = "slow1";

    private static final Logger LOG = LoggerFactory.getLogger(SlowPair.class);

    /// The largest a veth takes: frames put together from fragments must fit.
    private static final int MTU_BYTES = 65535;

    /// As long as any that Linux makes (GSO_MAX_SIZE): the worker cuts them into fewer pieces than
    /// the kernel would.
    static final int LONGEST_SUPER_PACKET_BYTES = 8 << 16;

    private static final long MAC = 0xee53_4c55_4330L;

    /// Finds the pair, or makes it.
    static SlowPair ensure(Links links) {
        Link present = links.find(GATE_END).orElse(null);
        if (present == null) {
            links.createVeth(GATE_END, WORKER_END);
        } else if (!isOurs(links, present)) {
            throw new LinuxException(
                    "create",
                    "veth " + GATE_END,
                    Errno.EEXIST,
                    "an interface of that name is not Sluice's; rename or delete it");
        }
        Link slow0 = links.get(GATE_END);
        Link slow1 = links.get(WORKER_END);
        SlowPair pair = new SlowPair(slow0.index(), slow1.index());
        try (NetworkNamespace here = NetworkNamespace.current()) {
            // The stack has nothing to say on either end. The gate's end needs IPv6 all the same:
            // marked packets are routed there.
            quiet(here, GATE_END, Map.of("addr_gen_mode", 1, "accept_ra", 0, "accept_dad", 0));
            quiet(here, WORKER_END, Map.of("disable_ipv6", 1));
        }
        links.setMacAddress(pair.slow0, MAC);
        links.setMacAddress(pair.slow1, MAC + 1);
        links.setLongestSuperPacket(pair.slow0, LONGEST_SUPER_PACKET_BYTES);
        links.setMtu(pair.slow0, MTU_BYTES);
        links.setMtu(pair.slow1, MTU_BYTES);
        links.setArp(pair.slow0, false);
        links.setArp(pair.slow1, false);
        links.setUp(pair.slow0, true);
        links.setUp(pair.slow1, true);
        return pair;
    }

    /// Deletes the pair.
    ///
    /// @return whether there was one
    static boolean delete(Links links) {
        Link present = links.find(GATE_END).orElse(null);
        if (present == null || !isOurs(links, present)) {
            return false;
        }
        links.delete(present.index());
        return true;
    }

    /// By its name.
    static boolean isOwn(String name) {
        return name.equals(GATE_END) || name.equals(WORKER_END);
    }

    private static boolean isOurs(Links links, Link slow0) {
        return slow0.kind().equals("veth")
                && links.find(WORKER_END)
                        .filter(slow1 -> slow1.peerIndex() == slow0.index())
                        .isPresent();
    }

    private static void quiet(NetworkNamespace here, String device, Map<String, Integer> settings) {
        settings.forEach((name, value) -> {
            try {
                here.setSysctl("net/ipv6/conf/" + device + "/" + name, value);
            } catch (LinuxException e) {
                // Without IPv6 there is no such file, and nothing to quieten.
                LOG.debug("{} of {}", name, device, e);
            }
        });
    }
}
