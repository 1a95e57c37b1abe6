package dev.sluice.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Privileges;
import dev.sluice.testing.Needs;

import org.junit.jupiter.api.Test;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;

/// The benchmark runs. How fast is not a test's business.
final class BenchIT {

    @Test
    void everyPeerCarriesEveryTrial() {
        Privileges.needNamespaces();
        Needs.programs("iperf3", "nginx", "wrk");
        List<Peer> peers =
                List.of(
                        new KernelForwarding(),
                        new NftablesDnat(),
                        new HaProxy(),
                        new NginxStream(),
                        new SluiceNat(List.of()));
        List<Trial> trials =
                List.of(
                        new Bulk(1, false),
                        new Bulk(1, true),
                        new NewConnections(),
                        Datagrams.flood(),
                        Datagrams.atRate(1000),
                        new RoundTrip(),
                        Requests.closedLoop(),
                        Requests.atRate(100),
                        new ClientAddresses(1_000_000));

        String report =
                Bench.run(
                        new Bench.Settings(peers, trials, 1, 1, 0, 0),
                        new PrintStream(OutputStream.nullOutputStream()));

        assertThat(report)
                .contains("bulk TCP, 1 stream")
                .containsPattern(" · sluice .* \\(commit .*\\), mode (ebpf|direct), workers 1 · ")
                .contains("the same from 1000000 addresses")
                .doesNotContain("failed");
        if (Needs.CI) {
            assertThat(report).doesNotContain("without");
        }
        assertThat(NetworkNamespace.names()).noneMatch(name -> name.startsWith("sluice-bench-"));
    }
}
