package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Packets of virtual services are captured before netfilter sees them. Who has rules about them
/// must hear that at the start; who has none must not be alarmed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FirewallWarningIT {

    private static final String WARNING = "firewall chain ";

    private TestBed bed;

    @BeforeAll
    void startLab() {
        Needs.programs("nft", "iptables-nft", "ip6tables-nft");
        bed = TestBed.nat(1);
        bed.director().terminate();
    }

    @AfterAll
    void stopLab() {
        if (bed != null) {
            bed.close();
        }
    }

    @AfterEach
    void removeRules() {
        bed.director().terminate();
        run("nft flush ruleset");
    }

    private void run(String command) {
        bed.network().director().execute("sh", "-c", command).orThrow();
    }

    private void nft(String type, String hook, String rest) {
        run("nft add table inet site");
        run(
                "nft 'add chain inet site %s { type %s hook %s priority 0; %s }'"
                        .formatted("on-" + hook, type, hook, rest));
    }

    private void rule(String hook) {
        run("nft add rule inet site on-%s ip daddr 10.0.0.13 counter".formatted(hook));
    }

    @Test
    void withoutRulesThereIsNoWarning() {
        bed.restartDirector();
        assertThat(bed.director().log()).doesNotContain(WARNING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"prerouting", "input", "forward"})
    void aChainThatCapturedPacketsDoNotMeetIsNamed(String hook) {
        nft("filter", hook, "");
        rule(hook);
        bed.restartDirector();
        assertThat(bed.director().log()).containsOnlyOnce(WARNING + "site on-" + hook + " has 1");
    }

    @Test
    void aChainThatDropsByDefaultIsNamedEvenWithoutRules() {
        nft("filter", "input", "policy drop;");
        bed.restartDirector();
        assertThat(bed.director().log()).contains(WARNING + "site on-input ");
    }

    @Test
    void chainsThatAreEmptyOrOnTheWayOutAreNotNamed() {
        nft("filter", "input", "");
        nft("filter", "output", "");
        rule("output");
        nft("nat", "postrouting", "");
        rule("postrouting");
        bed.restartDirector();
        assertThat(bed.director().log()).doesNotContain(WARNING);
    }

    @ParameterizedTest
    @CsvSource({"iptables-nft, INPUT", "iptables-nft, FORWARD", "ip6tables-nft, INPUT"})
    void rulesOfIptablesAreFoundToo(String program, String chain) {
        run(program + " -A " + chain + " -p tcp --dport 80 -j DROP");
        bed.restartDirector();
        assertThat(bed.director().log())
                .containsOnlyOnce(WARNING + "filter " + chain + " has 1")
                .containsOnlyOnce(WARNING);
    }
}
