package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// One link has a smaller MTU than the others, and its far end does not say so: it offers the
/// segment size of an Ethernet. Who sends must hear from the director what fits.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PathMtuIT {

    private static final int SMALL = 1400;
    private static final int ETHERNET = 1500;
    private static final int IPERF = 5201;
    private static final int ECHO = 7777;

    private TestBed bed;

    @BeforeAll
    void startLab() {
        Needs.programs("nginx", "curl", "iperf3", "ip");
        bed = TestBed.nat(1, "--workers", "1");
        bed.startNginx();
        bed.realServer(0).start("iperf3", "-s", "-p", Integer.toString(IPERF));
        TestBed.awaitTcp(bed.realServer(0), IPERF);
        bed.ipvsadm("-C");
        for (Family family : Family.values()) {
            bed.addService(bed.service("-t", family, IPERF), "-s rr", IPERF, "-m");
            bed.addService(bed.service("-t", family, 80), "-s rr", 80, "-m");
            bed.addService(bed.service("-u", family, ECHO), "-s rr", ECHO, "-m");
            Address own = bed.network().realAddress(family, 0);
            UdpNameServer.start(bed.realServer(0), own, ECHO);
        }
    }

    @AfterAll
    void stopLab() {
        if (bed != null) {
            bed.close();
        }
    }

    @BeforeEach
    void forgetWhatFits() {
        for (Host host : bed.network().hosts()) {
            ip(host, "-4 route flush cache");
            ip(host, "-6 route flush cache");
        }
    }

    private static String ip(Host host, String words) {
        return host.execute(("ip " + words).split(" ", -1)).orThrow();
    }

    private void mtu(int clientSide, int serverSide) {
        LabNetwork network = bed.network();
        network.director().interfaces().setMtu("eth0", clientSide);
        network.client().interfaces().setMtu("eth0", clientSide);
        network.director().interfaces().setMtu("eth1", serverSide);
        bed.realServer(0).interfaces().setMtu("eth0", serverSide);
        offer(network.client(), "10.0.0.13 dev eth0", "2001:db8:10::13 dev eth0");
        offer(bed.realServer(0), "default via 172.16.1.1", "default via 2001:db8:172::1");
    }

    private static void offer(Host host, String route, String route6) {
        ip(host, "-4 route replace " + route + " advmss " + (ETHERNET - 40));
        ip(host, "-6 route replace " + route6 + " advmss " + (ETHERNET - 60));
    }

    private void offloads(boolean on) {
        bed.offloads(on ? "on" : "off");
    }

    /// What a host has learned about the way to an address.
    private static String route(Host host, Address to) {
        return ip(host, (to.isIpv6() ? "-6" : "-4") + " route get " + to);
    }

    @ParameterizedTest
    @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
    void clientsLearnWhatFitsTheServersLink(Family family, boolean offloads) {
        mtu(ETHERNET, SMALL);
        offloads(offloads);
        assertThat(route(bed.network().client(), bed.virtual(family))).doesNotContain("mtu");
        transfer(family);
        assertThat(route(bed.network().client(), bed.virtual(family))).contains("mtu " + SMALL);
        assertThat(bed.status("dropped, too big")).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
    void serversLearnWhatFitsTheClientsLink(Family family, boolean offloads) {
        mtu(SMALL, ETHERNET);
        offloads(offloads);
        Address client = bed.network().clientAddresses(family).getFirst();
        transfer(family);
        assertThat(route(bed.realServer(0), client)).contains("mtu " + SMALL);
    }

    /// Both ways, by iperf3 and curl.
    private void transfer(Family family) {
        String virtual = bed.virtual(family).toString();
        String own = bed.network().clientAddresses(family).getFirst().toString();
        for (String direction : new String[] {"--no-delay", "--reverse"}) {
            bed.onClient(
                    "timeout", "60", "iperf3", "-n", "30M", "-B", own, direction, "-c", virtual);
        }
        String url = Target.http(bed.virtual(family), 80) + "1m";
        String bytes =
                bed.onClient(
                        "curl",
                        "-sS",
                        "--fail",
                        "--max-time",
                        "60",
                        "--interface",
                        own,
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{size_download}",
                        url);
        assertThat(bytes).isEqualTo(Integer.toString(1 << 20));
    }

    /// A sender that does not forbid it has its IPv4 datagrams cut, and hears nothing.
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void datagramsThatMayBeCutAreCut(boolean offloads) throws IOException {
        mtu(ETHERNET, SMALL);
        offloads(offloads);
        long before = reassembled();
        bed.network().client().sysctl("net.ipv4.ip_no_pmtu_disc", 1);
        try {
            assertThat(echo(Family.IPV4)).isTrue();
        } finally {
            bed.network().client().sysctl("net.ipv4.ip_no_pmtu_disc", 0);
        }
        assertThat(reassembled()).isEqualTo(before + 1);
        assertThat(route(bed.network().client(), bed.virtual(Family.IPV4))).doesNotContain("mtu");
    }

    /// Datagrams that the server put together, a figure of its kernel.
    private long reassembled() {
        String[] lines =
                bed.realServer(0)
                        .execute("grep", "^Ip:", "/proc/net/snmp")
                        .orThrow()
                        .split("\n", -1);
        int column = Arrays.asList(lines[0].split(" ", -1)).indexOf("ReasmOKs");
        return Long.parseLong(lines[1].split(" ", -1)[column]);
    }

    /// The first datagram is lost and answered by what fits, later ones are cut by the sender.
    @ParameterizedTest
    @EnumSource(Family.class)
    void datagramsThatMustNotBeCutAreReported(Family family) {
        mtu(ETHERNET, SMALL);
        offloads(true);
        TestBed.await("an echo", () -> echo(family));
        assertThat(route(bed.network().client(), bed.virtual(family))).contains("mtu " + SMALL);
    }

    /// Whether a datagram that fills an Ethernet frame is echoed.
    private boolean echo(Family family) {
        int room = ETHERNET - (family == Family.IPV6 ? 48 : 28);
        byte[] question = "x".repeat(room).getBytes(StandardCharsets.US_ASCII);
        return bed.network()
                .client()
                .run(() -> {
                    try (DatagramSocket socket = new DatagramSocket()) {
                        socket.connect(Clients.socketAddress(bed.virtual(family), ECHO));
                        socket.setSoTimeout(1000);
                        socket.send(new DatagramPacket(question, question.length));
                        DatagramPacket answer = new DatagramPacket(new byte[2048], 2048);
                        socket.receive(answer);
                        return answer.getLength() == room + "rs1 ".length();
                    } catch (SocketTimeoutException | SocketException _) {
                        return false; // no answer, or "Message too long"
                    }
                });
    }
}
