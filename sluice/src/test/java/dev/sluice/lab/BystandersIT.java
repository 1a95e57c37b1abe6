package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;

/// What is not a virtual service is none of Sluice's business: the director's own services, other
/// ports of the virtual address, and the real servers' own connections through the kernel's source
/// NAT go on as if it were not there.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BystandersIT {

    private static final int SSH = 22;
    private static final int OUTSIDE = 8080;
    private static final int UNUSED_SERVICE = 8181;

    private TestBed bed;

    TestBed start() {
        return TestBed.nat(2);
    }

    @BeforeAll
    void startLab() throws IOException {
        Needs.programs("nft", "nginx", "curl");
        bed = start();
        EchoServer.start(bed.network().director(), SSH);
        EchoServer.start(bed.network().client(), OUTSIDE);
        for (String rule :
                new String[] {
                    "add table inet lab",
                    "add chain inet lab post { type nat hook postrouting priority srcnat; }",
                    "add rule inet lab post oifname eth0 ip saddr 172.16.1.0/24 masquerade",
                    "add rule inet lab post oifname eth0 ip6 saddr 2001:db8:172::/64 masquerade"
                }) {
            bed.network().director().execute("nft", rule).orThrow();
        }
        bed.startNginx();
        bed.ipvsadm("-C");
        for (Family family : Family.values()) {
            bed.addService(bed.service("-t", family, 80), "-s rr", 80, "-m");
            bed.addService(bed.service("-t", family, 81), "-s rr", UNUSED_SERVICE, "-m");
        }
    }

    @AfterAll
    void stopLab() {
        if (bed != null) {
            bed.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aSessionWithTheDirectorItselfGoesOn(Family family) throws IOException {
        sessionGoesOn(family, bed.network().directorAddress(family));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aSessionWithAnotherPortOfTheVirtualAddressGoesOn(Family family) throws IOException {
        sessionGoesOn(family, bed.virtual(family));
    }

    private void sessionGoesOn(Family family, Address server) throws IOException {
        Address client = bed.network().clientAddresses(family).getFirst();
        try (var session =
                EchoServer.Session.open(
                        bed.network().client(),
                        Clients.socketAddress(client, 0),
                        Clients.socketAddress(server, SSH))) {
            for (int i = 0; i < 20; i++) {
                assertThat(session.say("line " + i)).isEqualTo("line " + i);
                assertThat(bed.curls(family, 80, 1)).allMatch(answer -> answer.startsWith("rs"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void connectionsOfRealServersLeaveThroughTheKernelsSourceNat(Family family) throws IOException {
        outbound(family, 0);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void evenWhenTheyUseTheServicesPort(Family family) throws IOException {
        outbound(family, UNUSED_SERVICE);
    }

    private void outbound(Family family, int fromPort) throws IOException {
        Address outside = bed.network().clientAddresses(family).getFirst();
        Address own = bed.network().realAddress(family, 0);
        try (var session =
                EchoServer.Session.open(
                        bed.realServer(0),
                        Clients.socketAddress(own, fromPort),
                        Clients.socketAddress(outside, OUTSIDE))) {
            assertThat(session.greeting())
                    .as("masqueraded behind the director")
                    .doesNotContain(Clients.socketAddress(own, 0).getAddress().getHostAddress());
            for (int i = 0; i < 20; i++) {
                assertThat(session.say("line " + i)).isEqualTo("line " + i);
            }
        }
    }

    /// Java pings when it may, and root may.
    @ParameterizedTest
    @EnumSource(Family.class)
    void pingReachesTheVirtualAddress(Family family) {
        InetAddress virtual = inetAddress(bed.virtual(family));
        assertThat(bed.network().client().run(() -> virtual.isReachable(2000))).isTrue();
    }

    private static InetAddress inetAddress(Address address) {
        try {
            return InetAddress.getByAddress(address.bytes());
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whateverTheReversePathFilter(int filter) throws IOException {
        for (String scope : new String[] {"all", "default", "eth0", "eth1"}) {
            bed.network().director().sysctl("net.ipv4.conf." + scope + ".rp_filter", filter);
        }
        sessionGoesOn(Family.IPV4, bed.virtual(Family.IPV4));
        outbound(Family.IPV4, 0);
        outbound(Family.IPV4, UNUSED_SERVICE);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theDirectorItselfReachesTheRealServers(Family family) {
        for (int i = 0; i < 2; i++) {
            String url = Target.http(bed.network().realAddress(family, i), 80).toString();
            String answer =
                    bed.network().director().execute("curl", "-sS", "-m", "5", url).orThrow();
            assertThat(answer.strip()).isEqualTo("rs" + (i + 1));
        }
    }
}
