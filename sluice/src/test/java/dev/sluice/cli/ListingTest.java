package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.ConnectionEntry;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

/// What listings look like while there is traffic. The lines are those of the recorded sessions
/// live-01 to live-23.
final class ListingTest {

    private final Shell shell = new Shell(TestScheduler.everything());

    @Test
    void connectionsAreAlignedAndWideOnesPushTheRest() {
        connection(
                Protocol.TCP,
                897,
                "ESTABLISHED",
                "192.168.50.2:40102",
                "192.168.50.100:80",
                "10.20.0.11:80");
        connection(
                Protocol.TCP,
                117,
                "TIME_WAIT",
                "192.168.50.2:40001",
                "192.168.50.100:80",
                "10.20.0.12:80");
        connection(
                Protocol.UDP,
                297,
                "UDP",
                "192.168.50.2:40002",
                "192.168.50.100:53",
                "10.20.0.11:53");
        connection(
                Protocol.TCP,
                117,
                "ASSURED",
                "192.168.50.2:0",
                "192.168.50.100:80",
                "10.20.0.12:80");
        connection(
                Protocol.SCTP,
                897,
                "ESTABLISHED",
                "192.168.50.2:40001",
                "192.168.50.100:2905",
                "10.20.0.11:2905");
        connection(null, 59, "ASSURED", "192.168.50.2:0", "0.0.1.44:0", "10.20.0.12:0");
        connection(
                Protocol.TCP,
                59,
                "NONE",
                "[2001:db8:50::2]:0",
                "[2001:db8:50::100]:80",
                "[2001:db8:20::12]:80");
        connection(null, 0, "ASSURED", "[2001:db8:50::2]:0", "[0:102::]:0", "[2001:db8:20::11]:0");
        connection(
                Protocol.TCP,
                2_678_399,
                "ASSURED",
                "192.168.50.2:0",
                "192.168.50.100:80",
                "10.20.0.11:80");
        connection(
                Protocol.TCP,
                7199,
                "ESTABLISHED",
                "192.168.50.2:40001",
                "192.168.50.100:8080",
                "10.20.0.12:8080");
        assertThat(shell.prints("ipvsadm -lnc"))
                .isEqualTo(
                        """
                        IPVS connection entries
                        pro expire state       source             virtual            destination
                        TCP 14:57  ESTABLISHED 192.168.50.2:40102 192.168.50.100:80  10.20.0.11:80
                        TCP 01:57  TIME_WAIT   192.168.50.2:40001 192.168.50.100:80  10.20.0.12:80
                        UDP 04:57  UDP         192.168.50.2:40002 192.168.50.100:53  10.20.0.11:53
                        TCP 01:57  ASSURED     192.168.50.2:0     192.168.50.100:80  10.20.0.12:80
                        SCTP 14:57  ESTABLISHED 192.168.50.2:40001 192.168.50.100:2905 10.20.0.11:2905
                        IP  00:59  ASSURED     192.168.50.2:0     0.0.1.44:0         10.20.0.12:0
                        TCP 00:59  NONE        [2001:db8:50::2]:0 [2001:db8:50::100]:80 [2001:db8:20::12]:80
                        IP  00:00  ASSURED     [2001:db8:50::2]:0 [0:102::]:0        [2001:db8:20::11]:0
                        TCP 44639:59 ASSURED     192.168.50.2:0     192.168.50.100:80  10.20.0.11:80
                        TCP 119:59 ESTABLISHED 192.168.50.2:40001 192.168.50.100:8080 10.20.0.12:8080
                        """);
    }

    @Test
    void connectionsAreListedByName() {
        shell.host.addHost("192.168.50.2", "client.example.test");
        shell.host.addHost("192.168.50.100", "www.example.test");
        shell.host.addService("80/tcp", "http");
        shell.host.addService("8080/tcp", "http-alt");
        connection(
                Protocol.TCP,
                897,
                "ESTABLISHED",
                "192.168.50.2:40001",
                "192.168.50.100:80",
                "10.20.0.12:8080");
        assertThat(shell.prints("ipvsadm -lc"))
                .endsWith(
                        "TCP 14:57  ESTABLISHED client.example.test:40001 www.example.test:http"
                                + " 10.20.0.12:http-alt\n");
    }

    @Test
    void connectionCountsStandBesideTheirServer() {
        shell.does("ipvsadm -A -t 192.168.50.100:80 -s rr -p 120");
        shell.does("ipvsadm -a -t 192.168.50.100:80 -r 10.20.0.11:80 -m");
        shell.does("ipvsadm -a -t 192.168.50.100:80 -r 10.20.0.12:80 -m -x 7");
        Tally tally = shell.table.configuration().services().getFirst().servers().get(0).tally();
        tally.add(0, Count.ACTIVE, 3);
        tally.add(0, Count.INACTIVE, 12);
        tally.add(0, Count.PERSISTENT, 1);
        assertThat(shell.prints("ipvsadm -ln"))
                .endsWith(
                        """
                        TCP  192.168.50.100:80 rr persistent 120
                          -> 10.20.0.11:80                Masq    1      0          0        \s
                          -> 10.20.0.12:80                Masq    1      3          12       \s
                        """);
        assertThat(shell.prints("ipvsadm -ln --persistent-conn"))
                .endsWith(
                        """
                          -> 10.20.0.11:80                1         0           0          0        \s
                          -> 10.20.0.12:80                1         1           3          12       \s
                        """);
        assertThat(shell.prints("ipvsadm -ln --thresholds"))
                .endsWith(
                        """
                          -> 10.20.0.11:80                0          0          0          0        \s
                          -> 10.20.0.12:80                7          0          3          12       \s
                        """);
    }

    @Test
    void theSortLeavesTiesAndNeedsNoTransitivity() {
        List<Integer> random = new Random(7).ints(1000).boxed().toList();
        List<Integer> sorted = SignedOrder.sorted(random, (a, b) -> a - b);
        assertThat(sorted).containsExactlyInAnyOrderElementsOf(random);
        assertThat(
                        SignedOrder.sorted(
                                List.of("b1", "a1", "b2", "a2"),
                                (a, b) -> a.charAt(0) - b.charAt(0)))
                .containsExactly("a1", "a2", "b1", "b2");
    }

    private void connection(
            @Nullable Protocol protocol,
            int seconds,
            String state,
            String client,
            String virtual,
            String real) {
        Endpoint[] ends = new Endpoint[3];
        String[] texts = {client, virtual, real};
        for (int i = 0; i < 3; i++) {
            int colon = texts[i].lastIndexOf(':');
            String address = texts[i].substring(0, colon).replaceAll("[\\[\\]]", "");
            ends[i] =
                    new Endpoint(
                            Address.parse(address),
                            Integer.parseInt(texts[i].substring(colon + 1)));
        }
        shell.connections.add(
                new ConnectionEntry(
                        protocol,
                        ends[0].address(),
                        ends[0].port(),
                        ends[1].address(),
                        ends[1].port(),
                        ends[2].address(),
                        ends[2].port(),
                        state,
                        seconds,
                        ends[0].port() == 0));
    }
}
