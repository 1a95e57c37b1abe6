package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.net.netlink.FirewallChain;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/// Firewall chains that packets to virtual services do not meet: they are captured before. One that
/// drops what nobody allowed keeps nobody from a virtual service.
final class UnmetFirewall implements Mistake {

    private static final Set<String> ON_THE_WAY = Set.of("prerouting", "input", "forward");

    @Override
    public String kind() {
        return "firewall-not-met";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        for (FirewallChain chain : facts.firewall) {
            boolean onTheWay = ON_THE_WAY.contains(chain.hook());
            if (onTheWay && (chain.rules() > 0 || chain.dropsByDefault())) {
                found.accept(finding(chain));
            }
        }
    }

    private Finding finding(FirewallChain chain) {
        String family = chain.family().name().toLowerCase(Locale.ROOT);
        String name = family + " " + chain.table() + " " + chain.name();
        return new Finding(
                kind(),
                chain.dropsByDefault() ? Severity.WRONG : Severity.NOTE,
                name + (chain.isLegacy() ? " legacy" : ""),
                "firewall chain "
                        + chain.table()
                        + " "
                        + chain.name()
                        + " "
                        + chain.inWords()
                        + ", and packets to virtual services do not meet it: they are captured"
                        + " before",
                List.of("shown by: " + listing(chain, family)),
                List.of(
                        "filter on the real servers, or mark such packets for a firewall-mark"
                                + " service (ip rule fwmark); if it is meant so: sluice check-up"
                                + " --except "
                                + kind()));
    }

    private static String listing(FirewallChain chain, String family) {
        if (chain.isLegacy()) {
            String program =
                    chain.family() == FirewallChain.TableFamily.IP6 ? "ip6tables" : "iptables";
            return program + "-legacy -t " + chain.table() + " -S " + chain.name();
        }
        return "nft list chain " + family + " " + chain.table() + " " + chain.name();
    }
}
