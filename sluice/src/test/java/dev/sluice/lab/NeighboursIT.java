package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/// Real servers whose link address is not known yet, cannot be known, or changes. The forwarding
/// methods are the subclasses.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class NeighboursIT {

    private TestBed bed;
    private int servers;

    /// A lab of this method.
    abstract TestBed start(int realServers);

    /// `-m` or `-g`.
    abstract String method();

    /// The director's interface on the real servers' side.
    abstract String back();

    @BeforeAll
    void startLab() {
        Needs.programs("nft");
        bed = start(2);
        for (String family : new String[] {"ipv4", "ipv6"}) {
            // A lost server is noticed in a second or so, not in a minute.
            neighbours(family, "base_reachable_time_ms", 500);
            neighbours(family, "delay_first_probe_time", 1);
            neighbours(family, "ucast_solicit", 1);
        }
    }

    @AfterAll
    void stopLab() {
        if (bed != null) {
            bed.close();
        }
    }

    @AfterEach
    void plugIn() {
        bed.network().switchHost().interfaces().join("rs1", "br0");
    }

    private void unplug() {
        bed.network().switchHost().interfaces().leave("rs1");
    }

    private void neighbours(String family, String setting, int value) {
        bed.network()
                .director()
                .sysctl("net." + family + ".neigh." + back() + "." + setting, value);
    }

    /// How often the director's kernel asks for a neighbour, every 50 ms, before it gives up.
    private void ask(int times) {
        for (String family : new String[] {"ipv4", "ipv6"}) {
            neighbours(family, "mcast_solicit", times);
            neighbours(family, "retrans_time_ms", 50);
        }
    }

    /// An address that no machine of the lab has had yet.
    private Address newAddress(Family family) {
        return bed.network().realAddress(family, 20 + servers++);
    }

    private void give(Address address, int server) {
        bed.realServer(server).interfaces().addAddress("eth0", address, bits(address));
    }

    private static int bits(Address address) {
        return address.isIpv6() ? 64 : 24;
    }

    /// Balances a port to one real server.
    private InetSocketAddress serviceAt(String flag, Address server, int port) {
        Family family = server.family();
        bed.ipvsadm("-C");
        String service = bed.service(flag, family, port);
        bed.ipvsadm("-A " + service + " -s rr");
        bed.ipvsadm("-a " + service + " -r " + server.withPort(port) + " " + method());
        return socketAddress(bed.virtual(family), port);
    }

    private static InetSocketAddress socketAddress(Address address, int port) {
        try {
            return Clients.socketAddress(address, port);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private InetSocketAddress client(Family family) {
        return socketAddress(bed.network().clientAddresses(family).getFirst(), 0);
    }

    /// Packets of the only service that came from clients.
    private long packetsIn() {
        String line =
                bed.ipvsadm("-Ln --stats --exact")
                        .lines()
                        .filter(text -> text.startsWith("TCP") || text.startsWith("UDP"))
                        .findFirst()
                        .orElseThrow();
        return Long.parseLong(line.strip().split("\\s+", -1)[3]);
    }

    private static <T> FutureTask<T> later(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread.ofPlatform().daemon().start(future);
        return future;
    }

    /// Nobody sends a datagram twice.
    @ParameterizedTest
    @EnumSource(Family.class)
    void datagramsToAServerThatComesUpLateAreDelivered(Family family) throws Exception {
        ask(1000);
        Address server = newAddress(family);
        give(server, 0);
        int port = bed.freshPort();
        Address own = bed.network().shape() == Shape.ONE_LINK ? bed.virtual(family) : server;
        unplug();
        serviceAt("-u", server, port);
        try (var _ = UdpNameServer.start(bed.realServer(0), own, port)) {
            List<Address> addresses = bed.network().clientAddresses(family).subList(0, 5);
            Clients clients = new Clients(bed.network().client(), addresses, 5);
            Target target = Target.udp(bed.virtual(family), port);
            FutureTask<Answers> answers =
                    later(() -> clients.send(target, 5, Clients.Progress.NONE));
            TestBed.await("five datagrams", () -> packetsIn() == 5);
            plugIn();
            assertThat(answers.get().answered()).as("%s", answers.get()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aConnectionToAServerThatComesUpLateNeedsOneSynOnly(Family family) throws Exception {
        ask(1000);
        Address server = newAddress(family);
        give(server, 0);
        int port = bed.freshPort();
        unplug();
        InetSocketAddress service = serviceAt("-t", server, port);
        for (String rule :
                new String[] {
                    "add table inet lab",
                    "add chain inet lab out { type filter hook output priority 0; }",
                    "add rule inet lab out tcp dport "
                            + port
                            + " tcp flags & (syn | ack) == syn numgen inc mod 1000000 != 0 drop"
                }) {
            bed.network().client().execute("nft", rule).orThrow();
        }
        try (var _ = EchoServer.start(bed.realServer(0), port)) {
            FutureTask<EchoServer.Session> session =
                    later(() ->
                            EchoServer.Session.open(
                                    bed.network().client(), client(family), service));
            TestBed.await("the only SYN", () -> packetsIn() == 1);
            plugIn();
            try (var connected = session.get()) {
                assertThat(connected.say("on time")).isEqualTo("on time");
            }
        }
    }

    /// As with the kernel, which gives the neighbour up and answers host unreachable.
    @ParameterizedTest
    @EnumSource(Family.class)
    void theClientOfAServerThatNeverComesUpHearsThatThereIsNoRoute(Family family) {
        ask(3);
        Address nobody = newAddress(family);
        InetSocketAddress service = serviceAt("-t", nobody, bed.freshPort());
        long before = bed.status("dropped, neighbour unresolved");
        for (int i = 1; i <= 2; i++) {
            assertThatThrownBy(() ->
                            EchoServer.Session.open(
                                    bed.network().client(), client(family), service))
                    .hasCauseInstanceOf(NoRouteToHostException.class);
            assertThat(bed.status("dropped, neighbour unresolved"))
                    .as("attempt %d", i)
                    .isGreaterThanOrEqualTo(before + i);
        }
        TestBed.await(
                "the log's line",
                () -> bed.director().log().contains("next hop " + nobody + " does not answer"));
    }

    /// With and without an announcement by the server: an unannounced one is found out by the
    /// kernel, which asks for neighbours in use now and then.
    @ParameterizedTest
    @ValueSource(ints = {1, 0})
    void aConnectionSurvivesItsServersNewMacAddress(int announced) throws Exception {
        ask(3);
        Host server = bed.realServer(0);
        server.sysctl("net.ipv4.conf.eth0.arp_notify", announced);
        server.sysctl("net.ipv6.conf.eth0.ndisc_notify", announced);
        for (Family family : Family.values()) {
            Address address = bed.network().realAddress(family, 0);
            int port = bed.freshPort();
            InetSocketAddress service = serviceAt("-t", address, port);
            try (var _ = EchoServer.start(server, port);
                    var session =
                            EchoServer.Session.open(
                                    bed.network().client(), client(family), service)) {
                assertThat(session.say("before")).isEqualTo("before");
                server.interfaces().setMac("eth0", server.mac("eth0") + 0x1000);
                assertThat(session.say("after")).isEqualTo("after");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void anotherMachineWithTheServersAddressTakesOver(Family family) throws Exception {
        ask(3);
        Address server = newAddress(family);
        give(server, 0);
        int port = bed.freshPort();
        InetSocketAddress service = serviceAt("-t", server, port);
        try (var _ = HttpNameServer.start(bed.realServer(0), port);
                var _ = HttpNameServer.start(bed.realServer(1), port)) {
            assertThat(whoAnswers(family, service)).isEqualTo("rs1");
            unplug();
            bed.realServer(0).interfaces().deleteAddress("eth0", server, bits(server));
            give(server, 1);
            assertThat(whoAnswers(family, service)).isEqualTo("rs2");
        }
    }

    private String whoAnswers(Family family, InetSocketAddress service) {
        String url = Target.http(bed.virtual(family), service.getPort()).toString();
        return bed.onClient("curl", "-sS", "--max-time", "30", url).strip();
    }
}
