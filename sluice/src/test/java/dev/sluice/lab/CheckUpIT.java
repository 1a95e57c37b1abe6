package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The classic mistakes, made on purpose: `sluice check-up` says what is wrong, with its evidence
/// and what mends it, and nothing about a director that is right.
final class CheckUpIT {

    private static final int RIGHT = 0;
    private static final int WRONG = 1;
    private static final int COULD_NOT_LOOK = 2;

    private static final Duration LOG_LIMIT = Duration.ofSeconds(60);

    private static final Family V4 = Family.IPV4;

    /// What the mistakes in both layouts need.
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Layout {

        private final List<HttpNameServer> servers = new ArrayList<>();
        TestBed bed;

        abstract TestBed start();

        /// `-m` or `-g`
        abstract String method();

        @BeforeAll
        void startLab() {
            Needs.programs("ip", "curl");
            bed = start();
        }

        @AfterAll
        void stopLab() {
            if (bed != null) {
                bed.close();
            }
        }

        @AfterEach
        void rightAgain() {
            servers.forEach(HttpNameServer::close);
            servers.clear();
            bed.ipvsadm("-C");
            Host.Result result = checkUp();
            assertThat(result.output()).startsWith("nothing is wrong");
            assertThat(result.exitCode()).isEqualTo(RIGHT);
        }

        Host.Result checkUp(String... words) {
            return bed.director().ask("check-up", words);
        }

        /// Something is wrong, of this kind.
        String wrong(String kind) {
            Host.Result result = checkUp();
            assertThat(result.output()).contains("[" + kind + "]");
            assertThat(result.exitCode()).isEqualTo(WRONG);
            return result.output();
        }

        /// Exactly this is wrong.
        String onlyWrong(String kind) {
            String output = wrong(kind);
            assertThat(output).startsWith("1 thing is wrong");
            return output;
        }

        /// A service of a family with these servers, who answer there.
        int serve(Family family, int... indexes) {
            int port = bed.freshPort();
            String service = bed.service("-t", family, port);
            bed.ipvsadm("-A " + service + " -s rr");
            for (int index : indexes) {
                servers.add(HttpNameServer.start(bed.realServer(index), port));
                bed.addServer(service, family, index, port, method());
            }
            return port;
        }

        void answers(Family family, int port) {
            for (String answer : bed.curls(family, port, 4)) {
                assertThat(answer).startsWith("rs");
            }
        }

        /// A client that asks again twice and gives up.
        void timesOut(int port) {
            Host.Result result =
                    bed.network()
                            .client()
                            .execute(
                                    "curl",
                                    "-s",
                                    "--max-time",
                                    "2.6",
                                    Target.http(bed.virtual(V4), port).toString());
            assertThat(result.exitCode()).as("curl timed out").isEqualTo(28);
        }

        void onDirector(String command) {
            bed.network().director().execute("sh", "-c", command).orThrow();
        }

        void awaitLog(String line) {
            // On a busy machine it takes its time: it must not make it busier.
            long deadline = System.nanoTime() + LOG_LIMIT.toNanos();
            while (!bed.director().log().contains(line)) {
                assertThat(System.nanoTime()).as("in the log: " + line).isLessThan(deadline);
                TestBed.sleep(Duration.ofMillis(50));
            }
        }

        @Test
        void aDirectorThatIsRightComesOutClean() {
            for (Family family : bed.network().families()) {
                answers(family, serve(family, 0, 1));
            }
            Host.Result result = checkUp();
            assertThat(result.output())
                    .startsWith("nothing is wrong; looked at 2 virtual addresses");
            assertThat(result.exitCode()).isEqualTo(RIGHT);
            assertThat(bed.director().ask("status").orThrow()).doesNotContain("wrong");
        }
    }

    /// Mistakes of masquerading, and of a director in general.
    @Nested
    final class Masquerading extends Layout {

        @Override
        TestBed start() {
            return TestBed.nat(2, "--workers", "1");
        }

        @Override
        String method() {
            return "-m";
        }

        @Test
        void aVirtualAddressThatIsTakenAwayIsToldInTheLogToo() {
            serve(V4, 0);
            theDaemonHasSeen("10.0.0.13");
            Address virtual = bed.virtual(V4);
            bed.network().director().interfaces().deleteAddress("eth0", virtual, 32);
            awaitLog("wrong: virtual address 10.0.0.13 is on no interface");
            assertThat(onlyWrong("virtual-address-missing"))
                    .contains("on no interface of this machine")
                    .contains("→ ip address add 10.0.0.13/32 dev eth0");
            assertThat(bed.director().ask("status").orThrow())
                    .contains("virtual address 10.0.0.13 is on no interface")
                    .contains("→ ip address add 10.0.0.13/32 dev eth0");
            bed.network().director().interfaces().addAddress("eth0", virtual, 32);
            awaitLog("no longer seen: virtual address 10.0.0.13");
        }

        private void theDaemonHasSeen(String address) {
            assertThat(checkUp().output()).startsWith("nothing is wrong");
            assertThat(bed.ipvsadm("-Ln")).contains(address);
        }

        @Test
        void aServerWithoutGatewayIsTold() {
            int port = serve(V4, 0);
            bed.realServer(0).execute("ip", "route", "delete", "default").orThrow();
            timesOut(port);
            awaitLog("wrong: masqueraded server 172.16.1.11 does not answer through the director");
            assertThat(onlyWrong("server-without-gateway"))
                    .contains("SYNs sent again")
                    .contains("not one packet of it passed the director")
                    .contains("neighbour: 172.16.1.11 dev eth1 lladdr 02:00:00:00:01:01")
                    .contains("a client that waits: 10.0.0.1")
                    .contains("ip route replace default via 172.16.1.1");
            bed.realServer(0)
                    .execute("sh", "-c", "ip route replace default via 172.16.1.1")
                    .orThrow();
            answers(V4, port);
        }

        @Test
        void aServerThatGoesAwayIsToldAndIsNotBlamedWhenItIsBack() {
            int port = serve(V4, 1);
            answers(V4, port);
            Interfaces ports = bed.network().switchHost().interfaces();
            ports.leave("rs2");
            timesOut(port);
            timesOut(port);
            // The kernel may still believe in it, who answers on the link does not.
            assertThat(onlyWrong("next-hop-dead"))
                    .contains("real server 172.16.1.12 does not answer on eth1");
            ports.join("rs2", "br0");
            TestBed.await(
                    "it is reached again", () -> checkUp().output().startsWith("nothing is wrong"));
            answers(V4, port);
        }

        @Test
        void aServerThatIsNotThereIsTold() {
            String service = bed.service("-t", V4, bed.freshPort());
            bed.ipvsadm("-A " + service + " -s rr");
            bed.ipvsadm("-a " + service + " -r 172.16.1.99:80 -m");
            assertThat(onlyWrong("next-hop-dead"))
                    .contains("real server 172.16.1.99 does not answer on eth1")
                    .containsPattern("neighbour: 172.16.1.99 dev eth1 (INCOMPLETE|FAILED)");
        }

        @Test
        void aServerThatRefusesIsTold() {
            int port = bed.freshPort();
            bed.addService(bed.service("-t", V4, port), "-s rr", port, "-m");
            for (int i = 0; i < 6; i++) {
                bed.network()
                        .client()
                        .execute("curl", "-s", Target.http(bed.virtual(V4), port).toString());
            }
            assertThat(wrong("server-refuses"))
                    .contains("172.16.1.11:" + port)
                    .contains("172.16.1.12:" + port)
                    .contains("3 refused");
        }

        @Test
        void aServerBehindAnInterfaceThatIsNotCapturedIsTold() {
            Host director = bed.network().director();
            director.interfaces().addCable("eth2", bed.realServer(0), "eth2");
            onDirector("ip link set eth2 up; ip address add 172.16.2.1/24 dev eth2");
            bed.realServer(0)
                    .execute(
                            "sh",
                            "-c",
                            "ip link set eth2 up; ip address add 172.16.2.11/24 dev eth2")
                    .orThrow();
            String service = bed.service("-t", V4, bed.freshPort());
            bed.ipvsadm("-A " + service + " -s rr");
            bed.ipvsadm("-a " + service + " -r 172.16.2.11:80 -m");
            assertThat(onlyWrong("server-not-captured"))
                    .contains("route: 172.16.2.11 dev eth2 src 172.16.2.1")
                    .contains("captured: eth0 eth1")
                    .contains("sluice run --interface eth0 --interface eth1 --interface eth2");
            awaitLog("wrong: masqueraded servers are behind eth2");
            onDirector("ip link delete eth2");
        }

        @Test
        void serversWithoutRouteAndOffLinkAreTold() {
            String service = bed.service("-t", V4, bed.freshPort());
            bed.ipvsadm("-A " + service + " -s rr");
            bed.ipvsadm("-a " + service + " -r 198.51.100.1:80 -m");
            assertThat(onlyWrong("server-without-route")).contains("unreachable 198.51.100.1");
            bed.ipvsadm("-d " + service + " -r 198.51.100.1:80");
            onDirector("ip route add 198.51.100.0/24 via 172.16.1.11");
            bed.ipvsadm("-a " + service + " -r 198.51.100.1 -g");
            assertThat(onlyWrong("direct-server-off-link"))
                    .contains("route: 198.51.100.1 via 172.16.1.11 dev eth1");
            onDirector("ip route delete 198.51.100.0/24");
        }

        @Test
        void anInterfaceThatIsDownIsTold() {
            onDirector(
                    "sysctl -q -w net.ipv6.conf.eth1.keep_addr_on_down=1; ip link set eth1 down");
            assertThat(onlyWrong("interface-lost"))
                    .contains("interface eth1 is down")
                    .contains("→ ip link set eth1 up");
            assertThat(bed.director().ask("status").orThrow()).contains("ip link set eth1 up");
            onDirector("ip link set eth1 up");
        }

        @Test
        void aServiceWithoutServersIsToldWhenClientsAreRefused() {
            int port = bed.freshPort();
            bed.ipvsadm("-A " + bed.service("-t", V4, port) + " -s rr");
            assertThat(checkUp().output()).startsWith("nothing is wrong");
            bed.network()
                    .client()
                    .execute("curl", "-s", Target.http(bed.virtual(V4), port).toString());
            assertThat(onlyWrong("service-without-server")).contains("it has no real servers");
            assertThat(bed.director().ask("status").orThrow())
                    .contains("dropped, by service")
                    .contains("TCP 10.0.0.13:" + port + ", no real server");
        }

        @Test
        void firewallsThatAreNotMetAreToldWhoeverMadeThem() {
            Needs.programs("nft", "iptables-legacy");
            onDirector("nft add table inet site");
            onDirector(
                    "nft 'add chain inet site in { type filter hook input priority 0; policy drop;"
                            + " }'");
            assertThat(onlyWrong("firewall-not-met"))
                    .contains("firewall chain site in drops by default (family inet, hook input)")
                    .contains("nft list chain inet site in");
            assertThat(checkUp("--except", "firewall-not-met").exitCode()).isEqualTo(RIGHT);
            awaitLog("wrong: firewall chain site in drops by default");
            onDirector("nft flush ruleset; iptables-legacy -P FORWARD DROP");
            assertThat(onlyWrong("firewall-not-met"))
                    .contains(
                            "firewall chain filter FORWARD drops by default (iptables-legacy, hook"
                                    + " forward)");
            onDirector("iptables-legacy -P FORWARD ACCEPT");
        }

        @Test
        void theCommandTellsOfAnotherIpvsadmInPath() throws IOException {
            Path folder = Files.createTempDirectory("sluice-path-");
            Path other = folder.resolve("ipvsadm");
            try {
                Files.writeString(other, "#!/bin/sh\n");
                Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rwxr-xr-x"));
                Path bin = DirectorProcess.bin();
                assertThat(command(folder + ":" + bin + ":/usr/bin:/bin", "check-up"))
                        .satisfies(result -> {
                            assertThat(result.output())
                                    .startsWith("1 thing is wrong")
                                    .contains("[other-ipvsadm]")
                                    .contains("first in PATH: " + other.toRealPath())
                                    .contains("→ PATH=" + bin.toRealPath() + ":$PATH");
                            assertThat(result.exitCode()).isEqualTo(WRONG);
                        });
                assertThat(command(bin + ":" + folder + ":/usr/bin:/bin", "check-up", "--json"))
                        .satisfies(result -> {
                            assertThat(result.output())
                                    .startsWith("{\"wrong\":0,\"notes\":0,\"looked_at\":\"");
                            assertThat(result.exitCode()).isEqualTo(RIGHT);
                        });
            } finally {
                Files.delete(other);
                Files.delete(folder);
            }
        }

        @Test
        void withoutADaemonThereIsNothingToLookAt() {
            Host.Result result =
                    bed.director().sluice("check-up", "--control", "/run/no-such.sock");
            assertThat(result.output()).contains("No sluice daemon answers at /run/no-such.sock");
            assertThat(result.exitCode()).isEqualTo(COULD_NOT_LOOK);
        }

        private Host.Result command(String path, String... words) {
            List<String> command = new ArrayList<>();
            command.add(DirectorProcess.launcher("sluice").toString());
            command.addAll(List.of(words));
            Map<String, String> environment = new java.util.HashMap<>(bed.director().environment());
            environment.put("PATH", path);
            return bed.network().director().execute(environment, command.toArray(String[]::new));
        }
    }

    /// Mistakes on one link.
    @Nested
    final class OneLink extends Layout {

        @Override
        TestBed start() {
            return TestBed.directRouting(2, "--workers", "1");
        }

        @Override
        String method() {
            return "-g";
        }

        @Test
        void aServerThatAnswersForTheVirtualAddressIsTold() {
            serve(V4, 0, 1);
            bed.realServer(0).sysctl("net.ipv4.conf.all.arp_ignore", 0);
            assertThat(onlyWrong("virtual-address-answered"))
                    .contains("these answered: 10.0.0.17 lladdr 02:00:00:00:01:01 on eth0")
                    .contains("arp_ignore=1 net.ipv4.conf.all.arp_announce=2");
            bed.realServer(0).sysctl("net.ipv4.conf.all.arp_ignore", 1);
        }

        @Test
        void anIpv6AddressOnTheServersLinkIsTold() {
            serve(Family.IPV6, 0, 1);
            Address virtual = bed.virtual(Family.IPV6);
            bed.realServer(1).interfaces().addAddress("eth0", virtual, 128);
            // The kernel joins the group that is asked for when it has nothing else to do.
            TestBed.await("somebody answers", () -> checkUp().exitCode() == WRONG);
            assertThat(onlyWrong("virtual-address-answered"))
                    .contains("2001:db8:10::18 lladdr 02:00:00:00:01:02 on eth0");
            bed.realServer(1).interfaces().deleteAddress("eth0", virtual, 128);
        }

        @Test
        void anotherMachineWithTheVirtualAddressIsTold() {
            serve(V4, 0);
            Address virtual = bed.virtual(V4);
            bed.network().client().interfaces().addAddress("eth0", virtual, 32);
            assertThat(onlyWrong("virtual-address-answered"))
                    .contains("another machine has the virtual address 10.0.0.13")
                    .contains("lladdr 02:00:00:00:00:c0 on eth0");
            bed.network().client().interfaces().deleteAddress("eth0", virtual, 32);
        }

        @Test
        void aServerWithoutTheVirtualAddressIsTold() {
            int port = serve(V4, 1);
            Address virtual = bed.virtual(V4);
            bed.realServer(1).interfaces().deleteAddress("lo", virtual, 32);
            timesOut(port);
            awaitLog("wrong: directly routed server 10.0.0.18 does not answer");
            assertThat(onlyWrong("server-without-virtual-address"))
                    .contains("it has no address 10.0.0.13")
                    .contains("SYNs sent again")
                    .contains("ip address add 10.0.0.13/32 dev lo");
            bed.realServer(1).interfaces().addAddress("lo", virtual, 32);
            answers(V4, port);
        }

        @Test
        void aClientInTheNetworkOfAMasqueradedServerIsTold() {
            int port = bed.freshPort();
            String service = bed.service("-t", V4, port);
            bed.ipvsadm("-A " + service + " -s rr");
            bed.addServer(service, V4, 0, port, "-m");
            try (HttpNameServer _ = HttpNameServer.start(bed.realServer(0), port)) {
                timesOut(port);
            }
            assertThat(onlyWrong("client-in-servers-network"))
                    .contains("is in the network of masqueraded server 10.0.0.17")
                    .contains("route to the server: 10.0.0.17 dev eth0");
        }
    }
}
