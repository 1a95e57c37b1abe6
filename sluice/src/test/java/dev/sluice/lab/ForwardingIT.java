package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What every forwarding method must do, with real programs on both sides. The methods are the
/// subclasses.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ForwardingIT {

    private static final int REAL_SERVERS = 3;
    private static final Pattern WRK_SOCKET_ERRORS = Pattern.compile("Socket errors:.*");
    private static final Pattern WRK_BAD_STATUS = Pattern.compile("Non-2xx.*");
    private static final Pattern WRK_RATE = Pattern.compile("Requests/sec: +([0-9.]+)");
    private static final Pattern IPERF_RATE =
            Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"bits_per_second\":\\s*([0-9.e+]+)");

    private TestBed bed;

    /// A lab of this method.
    abstract TestBed start(int realServers);

    /// `-m` or `-g`.
    abstract String method();

    @BeforeAll
    void startLab() {
        Needs.programs("nginx", "curl");
        bed = start(REAL_SERVERS);
        bed.startNginx();
    }

    @AfterAll
    void stopLab() {
        if (bed != null) {
            bed.close();
        }
    }

    TestBed bed() {
        return bed;
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void curlIsAnsweredByTheServersInTurn(Family family) {
        int port = bed.freshPort();
        bed.balance(bed.service("-t", family, port), "-s rr", port, method());
        List<String> answers = bed.curls(family, port, 6);
        assertThat(answers).containsOnly("rs1", "rs2", "rs3");
        for (int i = 0; i + 1 < answers.size(); i++) {
            assertThat(answers.get(i)).as("%s", answers).isNotEqualTo(answers.get(i + 1));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void wrkSeesNoFailure(Family family) {
        Needs.programs("wrk");
        int port = bed.freshPort();
        bed.balance(bed.service("-t", family, port), "-s wlc", port, method());
        String url = Target.http(bed.virtual(family), port) + "1k";
        String keptAlive = bed.onClient("wrk", "-t2", "-c32", "-d3s", "--latency", url);
        String closed = bed.onClient("wrk", "-t2", "-c32", "-d3s", "-H", "Connection: close", url);
        assertThat(keptAlive).doesNotContainPattern(WRK_SOCKET_ERRORS);
        assertThat(keptAlive).doesNotContainPattern(WRK_BAD_STATUS);
        // wrk counts a closed connection as a read error now and then; what counts is the status.
        assertThat(closed).doesNotContainPattern(WRK_BAD_STATUS);
        System.out.printf(
                "%s %s: wrk %s requests/s kept alive, %s with a connection each%n",
                method(), family, find(WRK_RATE, keptAlive), find(WRK_RATE, closed));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void persistentClientsStayWithTheirServerAndAreSpread(Family family) {
        int port = bed.freshPort();
        bed.balance(bed.service("-t", family, port), "-s rr -p 60", port, method());
        List<Address> addresses = bed.network().clientAddresses(family).subList(0, 12);
        Clients clients = new Clients(bed.network().client(), addresses, 4);
        Answers answers = clients.send(target(family, port), 120, Clients.Progress.NONE);
        assertThat(answers.failed()).as("%s", answers).isZero();
        assertThat(answers.perServer()).hasSize(REAL_SERVERS);
        for (Address client : addresses) {
            assertThat(answers.serversOf(client)).as("servers of %s", client).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void clientsOfOneNetmaskShareAServer(Family family) {
        boolean ipv6 = family == Family.IPV6;
        String mask = ipv6 ? "124" : "255.255.255.240";
        int port = bed.freshPort();
        bed.balance(bed.service("-t", family, port), "-s rr -p 60 -M " + mask, port, method());
        List<Address> addresses = bed.network().clientAddresses(family);
        Clients clients = new Clients(bed.network().client(), addresses, 4);
        Answers answers = clients.send(target(family, port), 128, Clients.Progress.NONE);
        assertThat(answers.failed()).as("%s", answers).isZero();
        Set<Address> networks = new HashSet<>();
        for (Address client : addresses) {
            Address network = client.masked(ipv6 ? 124 : 28);
            networks.add(network);
            Set<String> ofNetwork = new HashSet<>();
            for (Address neighbour : addresses) {
                if (neighbour.masked(ipv6 ? 124 : 28).equals(network)) {
                    ofNetwork.addAll(answers.serversOf(neighbour));
                }
            }
            assertThat(ofNetwork).as("servers of %s", network).hasSize(1);
        }
        assertThat(networks).hasSizeGreaterThan(1);
        assertThat(answers.perServer()).hasSizeGreaterThan(1);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void dnsOverUdpIsAnsweredByEveryServer(Family family) {
        Needs.programs("dnsmasq", "dig");
        for (int i = 0; i < REAL_SERVERS; i++) {
            Address own =
                    bed.network().shape() == Shape.ONE_LINK
                            ? bed.virtual(family)
                            : bed.network().realAddress(family, i);
            bed.realServer(i)
                    .start(
                            "dnsmasq",
                            "--keep-in-foreground",
                            "--conf-file=/dev/null",
                            "--user=root",
                            "--pid-file=",
                            "--no-resolv",
                            "--no-hosts",
                            "--bind-interfaces",
                            "--listen-address=" + own,
                            "--txt-record=who.lab,rs" + (i + 1));
        }
        bed.balance(bed.service("-u", family, 53), "-s rr", 53, method());
        Set<String> answers = new HashSet<>();
        TestBed.await(
                "an answer of every DNS server",
                () -> {
                    Host.Result result = dig(family);
                    if (result.exitCode() == 0) {
                        answers.add(result.output().strip());
                    }
                    return answers.size() == REAL_SERVERS;
                });
        for (int i = 0; i < 30; i++) {
            assertThat(dig(family).orThrow().strip()).isIn("\"rs1\"", "\"rs2\"", "\"rs3\"");
        }
    }

    private Host.Result dig(Family family) {
        return bed.network()
                .client()
                .execute(
                        "dig",
                        "+short",
                        "+tries=1",
                        "+time=2",
                        "@" + bed.virtual(family),
                        "who.lab",
                        "TXT");
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void bulkTrafficBothWaysKeepsItsSuperPackets(Family family) {
        double[] bytesPerPacket = transferBulk(family, "super-packets");
        assertThat(bytesPerPacket[0]).as("bytes per packet to the server").isGreaterThan(2000);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void bulkTrafficBothWaysWorksWithoutOffloads(Family family) {
        bed.offloads("off");
        try {
            double[] bytesPerPacket = transferBulk(family, "no offloads");
            assertThat(bytesPerPacket[0]).as("bytes per packet to the server").isLessThan(1501);
        } finally {
            bed.offloads("on");
        }
    }

    /// @return bytes per packet to the server while the client sent, and back while it received
    private double[] transferBulk(Family family, String what) {
        Needs.programs("iperf3");
        Host server = bed.realServer(0);
        Process iperf = server.start("iperf3", "-s", "-p", "5201");
        try {
            TestBed.awaitTcp(server, 5201);
            String service = bed.service("-t", family, 5201);
            bed.ipvsadm("-C");
            bed.ipvsadm("-A " + service + " -s rr");
            bed.addServer(service, family, 0, 5201, method());
            String address = bed.virtual(family).toString();
            String sent = bed.onClient("iperf3", "-J", "-t", "2", "-c", address);
            double up = bytesPerPacket(2);
            bed.ipvsadm("-Z");
            String received = bed.onClient("iperf3", "-J", "-t", "2", "-R", "-c", address);
            double down = bytesPerPacket(3);
            System.out.printf(
                    "%s %s, %s: iperf3 %.1f Gbit/s up, %.1f down; %.0f and %.0f bytes per packet%n",
                    method(), family, what, gigabits(sent), gigabits(received), up, down);
            assertThat(gigabits(sent)).isPositive();
            assertThat(gigabits(received)).isPositive();
            return new double[] {up, down};
        } finally {
            iperf.destroy();
        }
    }

    private static double gigabits(String json) {
        return Double.parseDouble(find(IPERF_RATE, json)) / 1e9;
    }

    /// From the counters of the only service: column 2 is packets in, 3 packets out; the bytes are
    /// two columns further.
    private double bytesPerPacket(int column) {
        String line =
                bed.ipvsadm("-Ln --stats --exact")
                        .lines()
                        .filter(text -> text.startsWith("TCP"))
                        .findFirst()
                        .orElseThrow();
        String[] fields = line.strip().split("\\s+", -1);
        double packets = Double.parseDouble(fields[column + 1]);
        return packets == 0 ? 0 : Double.parseDouble(fields[column + 3]) / packets;
    }

    @Test
    void aQuiescedServerGetsNobodyNew() {
        int port = bed.freshPort();
        String service = bed.service("-t", Family.IPV4, port);
        bed.balance(service, "-s wrr", port, method());
        Address second = bed.network().realAddress(Family.IPV4, 1);
        bed.ipvsadm("-e " + service + " -r " + second.withPort(port) + " " + method() + " -w 0");
        assertThat(bed.curls(Family.IPV4, port, 8)).containsOnly("rs1", "rs3");
    }

    @Test
    void sixteenClientsAtOnceAreAllAnswered() {
        int port = bed.freshPort();
        bed.balance(bed.service("-t", Family.IPV4, port), "-s lc", port, method());
        List<Address> addresses = bed.network().clientAddresses(Family.IPV4);
        Clients clients = new Clients(bed.network().client(), addresses, 16);
        Answers answers = clients.send(target(Family.IPV4, port), 2000, Clients.Progress.NONE);
        assertThat(answers.failed()).as("%s", answers).isZero();
        assertThat(answers.perServer()).hasSize(REAL_SERVERS);
    }

    private Target target(Family family, int port) {
        return Target.http(bed.virtual(family), port);
    }

    private static String find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "0";
    }
}
