package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.health.CheckReport;
import dev.sluice.health.PoolReport;
import dev.sluice.router.Instance;
import dev.sluice.router.RouterStatus;
import dev.sluice.router.VirtualAddress;
import dev.sluice.vrrp.Rejection;
import dev.sluice.vrrp.RouterSettings;
import dev.sluice.vrrp.State;
import dev.sluice.vrrp.Statistics;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// keepalived's dump files: statement 25 of keepalived.md §14, as far as it concerns them.
final class DumpsTest {

    @TempDir private Path folder;

    private Dumps dumps() {
        RouterStatus router =
                new RouterStatus(
                        "VI_1",
                        "eth0",
                        51,
                        State.Name.MASTER,
                        150,
                        null,
                        0,
                        "nobody else advertises",
                        1,
                        new Statistics(1, 20, 1, 0, 2, 3, Map.of(Rejection.ADDRESSES, 7L)));
        Instance instance =
                Instance.of(
                        RouterSettings.of(Family.IPV4),
                        "eth0",
                        List.of(VirtualAddress.of(Address.parse("192.0.2.1"), 24)));
        CheckReport check = new CheckReport("TCP_CHECK", true, true, false, 0, 0, List.of());
        PoolReport pool =
                new PoolReport(
                        "[192.0.2.170]:tcp:2905",
                        true,
                        4,
                        1,
                        0,
                        false,
                        List.of(
                                new PoolReport.ServerReport(
                                        "[192.0.2.171]:tcp:2905", true, 4, 4, List.of(check))));
        return new Dumps(folder, () -> List.of(router), List.of(instance), () -> List.of(pool));
    }

    @Test
    void compatibilityOutputs() throws Exception {
        dumps().statistics();
        assertThat(Files.readAllLines(folder.resolve("keepalived.stats")))
                .contains(
                        "VRRP Instance: VI_1",
                        "    Received: 1",
                        "    Sent: 20",
                        "  Became master: 1",
                        "    Address List: 7",
                        "  Priority Zero:",
                        "    Sent: 3");
        assertThat(Files.readString(folder.resolve("keepalived.json")))
                .startsWith("[{\"data\":{\"iname\":\"VI_1\",\"ifp_ifname\":\"eth0\"")
                .contains("\"state\":2", "\"vips\":[\"192.0.2.1/24\"]", "\"addr_list_err\":7");
    }

    @Test
    void theFactsThatScriptsPickUp() throws Exception {
        dumps().data();
        assertThat(Files.readString(folder.resolve("keepalived.data")))
                .contains(" VRRP Instance = VI_1\n   State = MASTER\n");
        assertThat(Files.readString(folder.resolve("keepalived_check.data")))
                .contains(
                        " VS VIP = 192.0.2.170, VPORT = 2905\n",
                        "   RIP = 192.0.2.171, RPORT = 2905, WEIGHT = 4 EFF WEIGHT = 4\n",
                        "   alive = 1\n",
                        "   quorum_state_up = 1\n");
    }

    @Test
    void aLinkThatSomebodyElseMadeIsReplacedAndNotFollowed() throws Exception {
        Path victim = folder.resolve("victim");
        Files.writeString(victim, "precious");
        Files.createSymbolicLink(folder.resolve("keepalived.stats"), victim);
        dumps().statistics();
        assertThat(Files.readString(victim)).isEqualTo("precious");
        assertThat(Files.getPosixFilePermissions(folder.resolve("keepalived.stats"))).hasSize(2);
    }
}
