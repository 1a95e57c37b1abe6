package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Direct routing where the director is the real servers' gateway: replies come from the virtual
/// address and cross it. They go on untranslated, and the director sees the server's half of each
/// connection.
final class DirectRoutingGatewayIT {

    private static final String TIME = "(\\d\\d):(\\d\\d)";

    @ParameterizedTest
    @CsvSource({"IPV4, ebpf, 1", "IPV6, ebpf, 2", "IPV4, direct, 1", "IPV6, direct, 2"})
    void theDirectorSeesReplies(Family family, String mode, int workers) throws Exception {
        try (TestBed bed = start(mode, workers)) {
            tcpStates(bed, family);
            udpReplies(bed, family);
        }
    }

    private static TestBed start(String mode, int workers) {
        Needs.programs("ip");
        LabNetwork network = TestBed.natNetwork(1);
        Host director = network.director();
        for (String device : new String[] {"all", "eth0", "eth1"}) {
            director.sysctl("net.ipv4.conf." + device + ".rp_filter", 0);
            director.sysctl("net.ipv4.conf." + device + ".accept_local", 1);
        }
        Host server = network.realServers().getFirst();
        for (Family family : Family.values()) {
            String bits = family == Family.IPV6 ? "/128" : "/32";
            String address = network.virtualAddress(family) + bits;
            server.execute("ip", "address", "add", address, "dev", "lo").orThrow();
        }
        return TestBed.of(network, "--mode", mode, "--workers", Integer.toString(workers));
    }

    private static void tcpStates(TestBed bed, Family family) throws IOException {
        int port = bed.freshPort();
        String service = bed.service("-t", family, port);
        bed.balance(service, "-s rr", port, "-g");
        InetAddress virtual = InetAddress.getByAddress(bed.virtual(family).bytes());
        try (ServerSocket listening =
                        bed.realServer(0).run(() -> new ServerSocket(port, 5, virtual));
                Socket client =
                        bed.network()
                                .client()
                                .run(() -> {
                                    Socket socket = new Socket();
                                    socket.connect(new InetSocketAddress(virtual, port), 5000);
                                    socket.setSoTimeout(5000);
                                    return socket;
                                });
                Socket accepted = listening.accept()) {
            awaitState(bed, "ESTABLISHED", 14 * 60);
            accepted.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            accepted.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).hasSize(5);
            awaitState(bed, "FIN_WAIT", 110);
            assertThat(bed.ipvsadm("-Ln")).containsPattern("Route +1 +0 +1 ");
            client.shutdownOutput();
            awaitState(bed, "TIME_WAIT", 110);
        }
        TestBed.await("OutPkts", () -> outPackets(bed, service) >= 3);
    }

    private static void udpReplies(TestBed bed, Family family) throws IOException {
        int port = bed.freshPort();
        String service = bed.service("-u", family, port);
        bed.balance(service, "-s rr -p 100", port, "-g");
        Address virtual = bed.virtual(family);
        try (UdpNameServer _ = UdpNameServer.start(bed.realServer(0), virtual, port);
                DatagramSocket socket = bed.network().client().run(() -> new DatagramSocket())) {
            socket.connect(InetAddress.getByAddress(virtual.bytes()), port);
            socket.setSoTimeout(5000);
            socket.send(new DatagramPacket(new byte[] {'7'}, 1));
            DatagramPacket answer = new DatagramPacket(new byte[100], 100);
            socket.receive(answer);
            assertThat(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8))
                    .isEqualTo("rs1 7");
        }
        TestBed.await("OutPkts", () -> outPackets(bed, service) == 1);
        assertThat(bed.ipvsadm("-Lnc")).containsPattern("UDP +" + TIME + " +ASSURED");
    }

    /// @param leastSeconds of its timer that are left
    private static void awaitState(TestBed bed, String state, int leastSeconds) {
        Pattern line = Pattern.compile("TCP +" + TIME + " +" + state + " ");
        TestBed.await(state, () -> line.matcher(bed.ipvsadm("-Lnc")).find());
        Matcher found = line.matcher(bed.ipvsadm("-Lnc"));
        assertThat(found.find()).isTrue();
        int left = Integer.parseInt(found.group(1)) * 60 + Integer.parseInt(found.group(2));
        assertThat(left).isGreaterThan(leastSeconds);
    }

    private static long outPackets(TestBed bed, String service) {
        String listing = bed.ipvsadm("-Ln --stats " + service);
        Matcher line = Pattern.compile("-> \\S+ +\\d+ +\\d+ +(\\d+) +\\d+ +\\d+").matcher(listing);
        return line.find() ? Long.parseLong(line.group(1)) : 0;
    }
}
