package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Family;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A client and a server whose TCP makes frames of more than 64 KiB (`gso_ipv4_max_size`, and for
/// IPv6 `gso_max_size` with its jumbo payload option) transfer both ways through the director.
final class LargeSuperPacketsIT {

    private static final int LONGEST = 180_000;
    private static final int LARGE = 70_000;
    private static final int PORT = 5201;
    private static final long BYTES = 60_000_000;

    enum Way {
        NAT("-m", "--workers 1"),
        NAT_WITH_TWO_WORKERS("-m", "--workers 2"),
        NAT_IN_DIRECT_MODE("-m", "--mode direct"),
        DIRECT_ROUTING("-g", "--workers 1");

        private final String method;
        private final String options;

        Way(String method, String options) {
            this.method = method;
            this.options = options;
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void theyPassBothWays(Way way) throws InterruptedException {
        Needs.programs("iperf3", "tcpdump");
        try (TestBed bed =
                way == Way.DIRECT_ROUTING
                        ? TestBed.directRouting(1, way.options.split(" ", -1))
                        : TestBed.nat(1, way.options.split(" ", -1))) {
            Host client = bed.network().client();
            Host server = bed.realServer(0);
            for (Host host : List.of(client, server)) {
                host.interfaces().setLongestSuperPacket("eth0", LONGEST);
            }
            server.start("iperf3", "-s", "-p", Integer.toString(PORT));
            TestBed.awaitTcp(server, PORT);
            for (Family family : Family.values()) {
                bed.balance(bed.service("-t", family, PORT), "-s rr", PORT, way.method);
                transfer(bed, client, family);
                if (way != Way.DIRECT_ROUTING) { // there replies do not pass the director
                    transfer(bed, server, family, "-R");
                }
            }
            assertThat(bed.status("lost, too long")).isZero();
        }
    }

    private static void transfer(TestBed bed, Host sender, Family family, String... options)
            throws InterruptedException {
        Process witness =
                sender.start(
                        "tcpdump", "-c", "3", "-i", "eth0", "-n", "-Q", "out", "greater " + LARGE);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "iperf3",
                                "-n",
                                Long.toString(BYTES),
                                "-p",
                                Integer.toString(PORT)));
        command.addAll(List.of("-c", bed.virtual(family).toString()));
        command.addAll(List.of(options));
        bed.network().client().execute(command.toArray(String[]::new)).orThrow();
        assertThat(witness.waitFor(10, TimeUnit.SECONDS))
                .as("there were frames of more than %d bytes", LARGE)
                .isTrue();
    }
}
