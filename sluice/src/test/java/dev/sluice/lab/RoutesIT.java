package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/// Replies to clients of many addresses take the routes that the kernel has for them, whatever says
/// so, and from the moment on at which it says so.
///
/// The client has whole networks of addresses; a second cable leads to it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RoutesIT {

    private static final int ECHO = 7777;
    private static final int PATIENCE_MILLIS = 3000;
    private static final int SILENCE_MILLIS = 300;

    private TestBed bed;
    private Host director;
    private Host client;

    @BeforeAll
    void startLab() {
        Needs.programs("ip");
        LabNetwork network = TestBed.natNetwork(1);
        director = network.director();
        client = network.client();
        director.interfaces().addCable("eth2", client, "eth1");
        ip(director, "link set eth2 up");
        ip(client, "link set eth1 up");
        ip(director, "addr add 10.9.0.1/24 dev eth2");
        ip(client, "addr add 10.9.0.101/24 dev eth1");
        client.sysctl("net.ipv4.conf.all.rp_filter", 0);
        client.sysctl("net.ipv4.conf.eth1.rp_filter", 0);
        client.sysctl("net.ipv6.ip_nonlocal_bind", 1);
        ip(client, "route add local 10.64.0.0/10 dev lo");
        ip(client, "-6 route add local 2001:db8:64::/48 dev lo");
        ip(director, "route add 10.64.0.0/10 via 10.0.0.101");
        ip(director, "-6 route add 2001:db8:64::/48 via 2001:db8:10::101");
        bed = TestBed.of(network, "--workers", "1");
        for (Family family : Family.values()) {
            bed.addService(bed.service("-u", family, ECHO), "-s rr", ECHO, "-m");
            UdpNameServer.start(bed.realServer(0), network.realAddress(family, 0), ECHO);
        }
        awaitAnswer("10.64.0.1");
        awaitAnswer("2001:db8:64::1");
    }

    @AfterAll
    void stopLab() {
        if (bed != null) {
            bed.close();
        }
    }

    private static void ip(Host host, String words) {
        host.execute(("ip " + words).split(" ", -1)).orThrow();
    }

    @Test
    void aMoreSpecificRouteCountsForItsAddressesFromTheNextPacketOn() {
        assertThat(answered("10.65.1.", 1, 20)).isEqualTo(20);
        for (String kind : new String[] {"blackhole", "unreachable", "prohibit"}) {
            ip(director, "route add " + kind + " 10.65.1.8/29");
            awaitSilence("10.65.1.8");
            assertSilence("10.65.1.15");
            assertThat(answered("10.65.1.", 1, 7)).as(kind).isEqualTo(7);
            assertThat(answered("10.65.1.", 16, 7)).as(kind).isEqualTo(7);
            ip(director, "route del " + kind + " 10.65.1.8/29");
            awaitAnswer("10.65.1.8");
            assertThat(answered("10.65.1.", 1, 20)).isEqualTo(20);
        }
    }

    @Test
    void soItDoesInIpv6() {
        assertThat(answered("2001:db8:64::", 10, 10)).isEqualTo(10);
        ip(director, "-6 route add blackhole 2001:db8:64::10/124");
        awaitSilence("2001:db8:64::11");
        awaitAnswer("2001:db8:64::20");
        ip(director, "-6 route del blackhole 2001:db8:64::10/124");
        awaitAnswer("2001:db8:64::11");
    }

    @Test
    void rulesMayLookAtTheDestination() {
        assertThat(answered("10.66.1.", 1, 10)).isEqualTo(10);
        ip(director, "route add blackhole default table 100");
        ip(director, "rule add to 10.66.1.4/30 priority 100 table 100");
        awaitSilence("10.66.1.4");
        assertSilence("10.66.1.7");
        awaitAnswer("10.66.1.3");
        awaitAnswer("10.66.1.8");
        ip(director, "rule del to 10.66.1.4/30 priority 100 table 100");
        awaitAnswer("10.66.1.4");
        ip(director, "route del blackhole default table 100");
    }

    /// Replies come from the virtual address.
    @Test
    void rulesMayLookAtTheSource() {
        String virtual = bed.virtual(Family.IPV4).toString();
        long before = sent("eth2");
        ip(director, "route add 10.67.0.0/16 via 10.9.0.101 table 101");
        ip(director, "rule add from " + virtual + " priority 101 table 101");
        awaitRise("eth2", before, "10.67.3.3");
        long other = sent("eth2");
        assertThat(answered("10.67.4.", 1, 50)).isEqualTo(50);
        assertThat(sent("eth2") - other).isGreaterThanOrEqualTo(50);
        other = sent("eth2");
        assertThat(answered("10.68.4.", 1, 50)).as("not in that table").isEqualTo(50);
        assertThat(sent("eth2") - other).isLessThan(10);
        ip(director, "rule del from " + virtual + " priority 101 table 101");
        ip(director, "route flush table 101");
    }

    @Test
    void severalEqualWaysAreAllUsed() {
        ip(
                director,
                "route add 10.69.0.0/16 nexthop via 10.0.0.101 nexthop via 10.9.0.101 weight 3");
        awaitAnswer("10.69.0.1");
        long eth0 = sent("eth0");
        long eth2 = sent("eth2");
        assertThat(answered("10.69.1.", 1, 200)).isEqualTo(200);
        assertThat(sent("eth0") - eth0).isBetween(20L, 90L);
        assertThat(sent("eth2") - eth2).isBetween(110L, 190L);

        ip(director, "link set eth2 down");
        awaitAnswers("10.69.1.", 100);
        ip(director, "link set eth2 up");
        ip(director, "route del 10.69.0.0/16");
    }

    @Test
    void aNextHopThatChangesBehindItsRouteCounts() {
        if (director.execute("ip", "nexthop", "add", "id", "9", "via", "10.0.0.101", "dev", "eth0")
                        .exitCode()
                != 0) {
            throw new TestAbortedException("no next hop objects here");
        }
        ip(director, "route add 10.70.0.0/16 nhid 9");
        awaitAnswer("10.70.0.1");
        long before = sent("eth2");
        ip(director, "nexthop replace id 9 via 10.9.0.101 dev eth2");
        awaitRise("eth2", before, "10.70.0.2");
        ip(director, "route del 10.70.0.0/16");
    }

    @Test
    void machinesOnTheLinkAreReachedEachByItsOwnAddress() {
        ip(client, "route add local 10.200.1.0/24 dev lo");
        ip(client, "route add local 10.200.2.0/24 dev lo");
        ip(director, "addr add 10.200.0.1/16 dev eth0");
        assertThat(answered("10.200.1.", 0, 250)).isEqualTo(250);
        assertThat(answered("10.200.2.", 0, 250)).isEqualTo(250);
        assertThat(answered("10.200.1.", 0, 250)).as("known by now").isEqualTo(250);
        String neighbours = director.execute("ip", "neigh").orThrow();
        assertThat(neighbours).contains("10.200.1.7 ", "10.200.2.200 ");
        assertThat(bed.status("lost, waiting room full")).isZero();
        ip(director, "addr del 10.200.0.1/16 dev eth0");
    }

    // ---- helpers ----

    private long sent(String interfaceName) {
        String shown =
                director.execute("ip", "-s", "-o", "link", "show", "dev", interfaceName).orThrow();
        String[] words = shown.substring(shown.indexOf("TX:")).split("\\s+", -1);
        return Long.parseLong(words[9]); // after six titles, a backslash and the bytes
    }

    private void awaitRise(String interfaceName, long before, String from) {
        for (int attempt = 0; attempt < 100; attempt++) {
            isAnswered(from, PATIENCE_MILLIS);
            if (sent(interfaceName) > before) {
                return;
            }
        }
        throw new AssertionError("nothing leaves through " + interfaceName);
    }

    private void awaitAnswer(String from) {
        for (int attempt = 0; attempt < 20; attempt++) {
            if (isAnswered(from, SILENCE_MILLIS)) {
                return;
            }
        }
        throw new AssertionError("no answer for " + from);
    }

    private void awaitAnswers(String network, int count) {
        for (int attempt = 0; attempt < 20; attempt++) {
            if (answered(network, 1, count) == count) {
                return;
            }
        }
        throw new AssertionError("not all answers for " + network);
    }

    private void awaitSilence(String from) {
        for (int attempt = 0; attempt < 20; attempt++) {
            if (!isAnswered(from, SILENCE_MILLIS)) {
                return;
            }
        }
        throw new AssertionError("still answers for " + from);
    }

    private void assertSilence(String from) {
        assertThat(isAnswered(from, SILENCE_MILLIS)).as(from).isFalse();
    }

    private int answered(String network, int first, int count) {
        int answered = 0;
        for (int i = first; i < first + count; i++) {
            String last = network.contains(":") ? Integer.toHexString(i) : Integer.toString(i);
            if (!isAnswered(network + last, PATIENCE_MILLIS)) {
                return answered; // one is enough to know
            }
            answered++;
        }
        return answered;
    }

    private boolean isAnswered(String from, int patienceMillis) {
        Address address = Address.parse(from);
        Address virtual = bed.virtual(address.family());
        return client.run(() -> ask(address, virtual, patienceMillis));
    }

    private static boolean ask(Address from, Address to, int patienceMillis) throws IOException {
        try (DatagramSocket socket =
                new DatagramSocket(
                        new InetSocketAddress(InetAddress.getByAddress(from.bytes()), 0))) {
            byte[] question = "?".getBytes(StandardCharsets.UTF_8);
            socket.setSoTimeout(patienceMillis);
            socket.send(
                    new DatagramPacket(
                            question,
                            question.length,
                            new InetSocketAddress(InetAddress.getByAddress(to.bytes()), ECHO)));
            socket.receive(new DatagramPacket(new byte[2000], 2000));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }
}
