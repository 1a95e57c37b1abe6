package dev.sluice.daemon;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.FirewallChain;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Set;

/// Tells of firewall rules that cannot do what they were written for.
final class FirewallWarning {

    private static final Logger LOG = LoggerFactory.getLogger(FirewallWarning.class);

    private FirewallWarning() {}

    /// Captured packets pass before netfilter: rules about a VIP have no effect on them.
    static void warn() {
        try {
            for (FirewallChain chain : FirewallChain.list()) {
                if (seesCapturedPackets(chain)) {
                    LOG.warn(
                            "firewall chain {} {} {}. Packets to virtual services do not meet it:"
                                    + " the gate takes them first. Filter on the real servers, or"
                                    + " mark them for a firewall-mark service (ip rule fwmark).",
                            chain.table(),
                            chain.name(),
                            chain.inWords());
                }
            }
        } catch (LinuxException e) {
            LOG.debug("could not look for firewall rules", e);
        }
    }

    private static boolean seesCapturedPackets(FirewallChain chain) {
        boolean onTheWay = Set.of("prerouting", "input", "forward").contains(chain.hook());
        return onTheWay && (chain.rules() > 0 || chain.dropsByDefault());
    }
}
