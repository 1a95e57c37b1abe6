package dev.sluice.net.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Privileges;
import dev.sluice.testing.Needs;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

class FirewallChainIT {

    private static final String RULES =
            """
            table ip mangle {
                chain PREROUTING {
                    type filter hook prerouting priority mangle; policy accept;
                    ip daddr 192.0.2.1 meta mark set 1
                    ip daddr 192.0.2.2 meta mark set 2
                }
                chain helper {
                    accept
                }
            }
            table inet guard {
                chain in {
                    type filter hook input priority 10; policy drop;
                }
            }
            """;

    @BeforeAll
    static void needsPrivilege() {
        Privileges.needNamespaces();
        Needs.programs("nft");
    }

    @Test
    void baseChainsAreListedWithTheirRules() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.unnamed()) {
            assertThat(namespace.call(FirewallChain::list)).isEmpty();
            load(namespace);
            assertThat(namespace.call(FirewallChain::list))
                    .containsExactlyInAnyOrder(
                            new FirewallChain(
                                    FirewallChain.TableFamily.IP,
                                    "mangle",
                                    "PREROUTING",
                                    "filter",
                                    "prerouting",
                                    -150,
                                    false,
                                    2,
                                    false),
                            new FirewallChain(
                                    FirewallChain.TableFamily.INET,
                                    "guard",
                                    "in",
                                    "filter",
                                    "input",
                                    10,
                                    true,
                                    0,
                                    false));
        }
    }

    @Test
    void aChainWithoutRulesStillHasItsPolicy() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.unnamed()) {
            load(namespace);
            assertThat(namespace.call(FirewallChain::list))
                    .extracting(FirewallChain::inWords)
                    .containsExactlyInAnyOrder(
                            "has 2 rules (family ip, hook prerouting)",
                            "drops by default (family inet, hook input)");
        }
    }

    @Test
    void chainsOfIptablesLegacyAreListedWithTheirPolicies() throws Exception {
        Needs.programs("iptables-legacy", "ip6tables-legacy");
        try (NetworkNamespace namespace = NetworkNamespace.unnamed()) {
            run(namespace, "iptables-legacy", "-P", "FORWARD", "DROP");
            run(namespace, "iptables-legacy", "-A", "FORWARD", "-j", "ACCEPT");
            run(namespace, "iptables-legacy", "-A", "FORWARD", "-p", "tcp", "-j", "DROP");
            run(namespace, "ip6tables-legacy", "-t", "mangle", "-P", "PREROUTING", "DROP");
            assertThat(namespace.call(FirewallChain::list))
                    .filteredOn(chain -> chain.rules() > 0 || chain.dropsByDefault())
                    .containsExactlyInAnyOrder(
                            new FirewallChain(
                                    FirewallChain.TableFamily.IP,
                                    "filter",
                                    "FORWARD",
                                    "filter",
                                    "forward",
                                    0,
                                    true,
                                    2,
                                    true),
                            new FirewallChain(
                                    FirewallChain.TableFamily.IP6,
                                    "mangle",
                                    "PREROUTING",
                                    "mangle",
                                    "prerouting",
                                    0,
                                    true,
                                    0,
                                    true));
        }
    }

    private static void run(NetworkNamespace namespace, String... command) throws Exception {
        Process program = namespace.start(new ProcessBuilder(command).redirectErrorStream(true));
        program.getOutputStream().close();
        String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).as(output).isZero();
    }

    private static void load(NetworkNamespace namespace) throws Exception {
        Process nft =
                namespace.start(new ProcessBuilder("nft", "-f", "-").redirectErrorStream(true));
        try (var input = nft.getOutputStream()) {
            input.write(RULES.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(nft.waitFor()).as(output).isZero();
    }
}
