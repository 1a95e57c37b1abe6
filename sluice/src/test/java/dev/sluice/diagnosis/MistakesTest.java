package dev.sluice.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.diagnosis.Facts.Claim;
import dev.sluice.diagnosis.Facts.Deserted;
import dev.sluice.diagnosis.Facts.Place;
import dev.sluice.diagnosis.Facts.Server;
import dev.sluice.diagnosis.Facts.VirtualAddress;
import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.gate.Fronts.Condition;
import dev.sluice.gate.Fronts.Front;
import dev.sluice.net.netlink.FirewallChain;
import dev.sluice.net.netlink.FirewallChain.TableFamily;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.Route;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Each mistake, made in invented facts that are right otherwise; and what looks like one and is
/// none.
final class MistakesTest {

    private static final int ETH0 = 2;
    private static final int ETH1 = 3;
    private static final int UP = 0x1 | 0x40 | 0x10000;
    private static final Address VIP = Address.parse("10.0.0.13");
    private static final Address VIP6 = Address.parse("2001:db8:10::13");
    private static final Address MASQUERADED = Address.parse("172.16.1.11");
    private static final Address DIRECT = Address.parse("10.0.0.17");
    private static final Address GATEWAY = Address.parse("10.0.0.254");
    private static final Address CLIENT = Address.parse("192.0.2.7");
    private static final long SERVER_MAC = 0x0200_0000_0101L;
    private static final ServiceKey HTTP = new ServiceKey.AtAddress(Protocol.TCP, VIP, 80);

    private final Facts facts = new Facts();

    /// A director with a client's side and a servers' side, one server of each method.
    @BeforeEach
    void nothingIsWrong() {
        facts.links = List.of(link(1, "lo", 0x9), link(ETH0, "eth0", UP), link(ETH1, "eth1", UP));
        captured("eth0", "eth1");
        facts.addresses =
                List.of(
                        own(ETH0, "10.0.0.1", 24),
                        own(ETH0, VIP.toString(), 32),
                        own(ETH1, "172.16.1.1", 24));
        virtual(VIP, 7, false);
        here(VIP);
        server(MASQUERADED, Forwarding.NAT);
        server(DIRECT, Forwarding.DIRECT_ROUTING);
        route(MASQUERADED, ETH1, null);
        route(DIRECT, ETH0, null);
        neighbour(ETH1, MASQUERADED, SERVER_MAC, Neighbour.REACHABLE);
        neighbour(ETH0, DIRECT, SERVER_MAC + 1, Neighbour.STALE);
        facts.firstIpvsadm = "/opt/sluice/bin/ipvsadm";
        facts.ownIpvsadm = "/opt/sluice/bin/ipvsadm";
    }

    @Test
    void aDirectorThatIsRightIsLeftAlone() {
        assertThat(Mistakes.findings(facts)).isEmpty();
    }

    @Test
    void anInterfaceThatIsDownIsToldWithSince() {
        facts.links = List.of(link(ETH0, "eth0", UP), link(ETH1, "eth1", 0));
        facts.fronts = List.of(front("eth0", Condition.UP), front("eth1", Condition.DOWN));
        Finding finding = only("interface-lost");
        assertThat(finding.what()).isEqualTo("interface eth1 is down: nothing comes in");
        assertThat(finding.evidence()).singleElement().asString().startsWith("down since ");
        assertThat(finding.mends()).containsExactly("ip link set eth1 up");
    }

    @Test
    void anInterfaceThatIsNotThereIsTold() {
        facts.fronts =
                List.of(
                        front("eth0", Condition.UP),
                        front("eth1", Condition.UP),
                        front("eth2", Condition.GONE));
        assertThat(only("interface-lost").what()).contains("eth2 is not there");
    }

    @Test
    void aCarrierIsMissedOnlyWhereItIsNeeded() {
        facts.links =
                List.of(link(ETH0, "eth0", UP), link(ETH1, "eth1", UP), link(4, "spare", 0x1));
        captured("eth0", "eth1", "spare");
        assertThat(Mistakes.findings(facts)).isEmpty();
        facts.links = List.of(link(ETH0, "eth0", UP), link(ETH1, "eth1", 0x1));
        captured("eth0", "eth1");
        assertThat(only("interface-without-carrier").what()).contains("eth1 has no carrier");
    }

    @Test
    void aVirtualAddressOnNoInterfaceIsToldWithTheCommand() {
        missing(VIP, 0, false);
        Finding finding = only("virtual-address-missing");
        assertThat(finding.what()).contains("10.0.0.13 is on no interface");
        assertThat(finding.evidence())
                .contains("services: TCP 10.0.0.13:80", "route here: 10.0.0.13 dev eth0");
        assertThat(finding.mends()).containsExactly("ip address add 10.0.0.13/32 dev eth0");
    }

    @Test
    void anIpv6AddressIsAddedWithAllItsBits() {
        facts.virtualAddresses =
                new ArrayList<>(
                        List.of(
                                new VirtualAddress(
                                        VIP6, Named.of("TCP [2001:db8:10::13]:80"), 0, false)));
        route(VIP6, ETH0, null);
        assertThat(only("virtual-address-missing").mends())
                .containsExactly("ip address add 2001:db8:10::13/128 dev eth0");
    }

    @Test
    void aVirtualAddressThatIsRoutedHereIsNotMissed() {
        missing(VIP, 1, false);
        assertThat(Mistakes.findings(facts)).isEmpty();
    }

    @Test
    void aVirtualAddressThatWasTakenAwayIsMissedWhateverWasCounted() {
        missing(VIP, 1000, true);
        assertThat(only("virtual-address-missing").evidence()).contains("it was here, and is gone");
    }

    @Test
    void aVirtualAddressThatAnotherDirectorHasIsNotMissed() {
        missing(VIP, 0, false);
        facts.addressKeeper = "keepalived";
        assertThat(Mistakes.findings(facts)).as("perhaps").isEmpty();
        facts.asked = Set.of(VIP);
        only("virtual-address-missing");
        facts.claims = new ArrayList<>(List.of(new Claim(VIP, "eth0", 0x0200_0000_00ddL)));
        assertThat(Mistakes.findings(facts)).as("surely").isEmpty();
    }

    @Test
    void aVirtualAddressOfOurOwnRouterIsNotMissed() {
        missing(VIP, 0, false);
        facts.routerAddresses = Set.of(VIP);
        assertThat(Mistakes.findings(facts)).isEmpty();
    }

    @Test
    void aVirtualAddressThatOnlyARealServerHasIsMissedAndAnswered() {
        missing(VIP, 0, false);
        facts.asked = Set.of(VIP);
        facts.claims = new ArrayList<>(List.of(new Claim(VIP, "eth0", SERVER_MAC + 1)));
        assertThat(Mistakes.findings(facts))
                .extracting(Finding::kind)
                .containsExactly("virtual-address-missing", "virtual-address-answered");
    }

    @Test
    void aVirtualAddressOnAnInterfaceThatIsNotCapturedIsTold() {
        facts.links = List.of(link(ETH0, "eth0", UP), link(ETH1, "eth1", UP), link(4, "eth2", UP));
        facts.addresses = List.of(own(ETH0, "10.0.0.1", 24), own(4, VIP.toString(), 32));
        assertThat(Mistakes.findings(facts)).as("packets come all the same").isEmpty();
        virtual(VIP, 0, false);
        Finding finding = only("virtual-address-not-captured");
        assertThat(finding.what()).contains("10.0.0.13 is on eth2");
        assertThat(finding.mends().getFirst())
                .endsWith("sluice run --interface eth0 --interface eth1 --interface eth2");
    }

    @Test
    void aVirtualAddressOnLoIsEverybodys() {
        virtual(VIP, 0, false);
        facts.addresses = List.of(own(1, VIP.toString(), 32));
        assertThat(Mistakes.findings(facts)).isEmpty();
    }

    @Test
    void aTunnelledServerThatAnswersKeepsTheVirtualAddress() {
        facts.servers.removeIf(it -> it.address().equals(DIRECT));
        server(DIRECT, Forwarding.TUNNEL);
        facts.claims = new ArrayList<>(List.of(new Claim(VIP, "eth0", SERVER_MAC + 1)));
        assertThat(only("virtual-address-answered").mends().getFirst())
                .contains("arp_ignore=1")
                .doesNotContain("delete");
    }

    @Test
    void serversThatAnswerForTheVirtualAddressAreNamed() {
        facts.claims = new ArrayList<>(List.of(new Claim(VIP, "eth0", SERVER_MAC + 1)));
        Finding finding = only("virtual-address-answered");
        assertThat(finding.evidence())
                .containsExactly(
                        "asked who has 10.0.0.13, these answered: 10.0.0.17 lladdr"
                                + " 02:00:00:00:01:02 on eth0");
        assertThat(finding.mends().getFirst()).contains("arp_ignore=1").contains("arp_announce=2");
    }

    @Test
    void aStrangerWithTheVirtualAddressIsTold() {
        facts.claims = new ArrayList<>(List.of(new Claim(VIP, "eth0", 0x0200_0000_00ddL)));
        assertThat(only("virtual-address-answered").what())
                .isEqualTo("another machine has the virtual address 10.0.0.13, too");
    }

    @Test
    void aServerWithoutRouteIsTold() {
        facts.routes.put(MASQUERADED, Route.toHost(MASQUERADED).ofType(Route.Type.UNREACHABLE));
        Finding finding = only("server-without-route");
        assertThat(finding.what()).contains("172.16.1.11, masqueraded, of TCP 10.0.0.13:80");
        assertThat(finding.evidence()).containsExactly("route: unreachable 172.16.1.11");
    }

    @Test
    void aMasqueradedServerBehindAnInterfaceThatIsNotCapturedIsTold() {
        captured("eth0");
        server(Address.parse("172.16.1.12"), Forwarding.NAT);
        route(Address.parse("172.16.1.12"), ETH1, null);
        Finding finding = only("server-not-captured");
        assertThat(finding.evidence())
                .containsExactly(
                        "servers: 172.16.1.11, 172.16.1.12",
                        "services: TCP 10.0.0.13:80",
                        "route: 172.16.1.11 dev eth1",
                        "captured: eth0");
        assertThat(finding.mends())
                .containsExactly(
                        "restart the daemon with it: sluice run --interface eth0 --interface eth1");
    }

    @Test
    void aDirectlyRoutedServerNeedsNoCapture() {
        captured("eth1");
        virtual(VIP, 3, false);
        assertThat(Mistakes.findings(facts)).isEmpty();
    }

    @Test
    void aDirectlyRoutedServerBehindAGatewayIsTold() {
        route(DIRECT, ETH0, GATEWAY);
        neighbour(ETH0, GATEWAY, SERVER_MAC, Neighbour.REACHABLE);
        assertThat(only("direct-server-off-link").evidence())
                .containsExactly("route: 10.0.0.17 via 10.0.0.254 dev eth0");
    }

    @Test
    void aMasqueradedServerMayBeBehindAGateway() {
        route(MASQUERADED, ETH1, Address.parse("172.16.1.254"));
        assertThat(Mistakes.findings(facts)).isEmpty();
    }

    @Test
    void aServerThatDoesNotAnswerOnItsLinkIsTold() {
        neighbour(ETH1, MASQUERADED, -1, Neighbour.FAILED);
        Finding finding = only("next-hop-dead");
        assertThat(finding.what())
                .isEqualTo(
                        "real server 172.16.1.11 does not answer on eth1: nothing reaches"
                                + " 172.16.1.11");
        assertThat(finding.evidence()).contains("neighbour: 172.16.1.11 dev eth1 FAILED");
        assertThat(finding.mends().getFirst()).endsWith("arping -c 3 -I eth1 172.16.1.11");
    }

    @Test
    void aDeadGatewayIsToldOnceForAllBehindIt() {
        route(MASQUERADED, ETH1, GATEWAY);
        server(Address.parse("172.16.1.12"), Forwarding.NAT);
        route(Address.parse("172.16.1.12"), ETH1, GATEWAY);
        neighbour(ETH1, GATEWAY, -1, Neighbour.INCOMPLETE);
        assertThat(only("next-hop-dead").what())
                .startsWith("gateway 10.0.0.254 does not answer on eth1")
                .endsWith("172.16.1.11, 172.16.1.12");
    }

    @Test
    void aSilentMasqueradedServerHasAnotherGateway() {
        attempts(MASQUERADED, Forwarding.NAT, 4, 0, false, CLIENT);
        route(CLIENT, ETH0, GATEWAY);
        Finding finding = only("server-without-gateway");
        assertThat(finding.evidence())
                .contains(
                        "4 SYNs sent again, the last 2 s ago, no connection ever came about",
                        "not one packet of it passed the director",
                        "neighbour: 172.16.1.11 dev eth1 lladdr 02:00:00:00:01:01 REACHABLE",
                        "a client that waits: 192.0.2.7");
        assertThat(finding.mends().getFirst())
                .isEqualTo("on the real server: ip route replace default via 172.16.1.1");
    }

    @Test
    void aSilentServerWhoseNextHopIsDeadIsToldAsThatOnly() {
        attempts(MASQUERADED, Forwarding.NAT, 4, 0, false, null);
        neighbour(ETH1, MASQUERADED, -1, Neighbour.FAILED);
        only("next-hop-dead");
    }

    @Test
    void aSilentServerThatIsNotCapturedIsToldAsThatOnly() {
        attempts(MASQUERADED, Forwarding.NAT, 4, 0, false, null);
        captured("eth0");
        only("server-not-captured");
    }

    @Test
    void aClientInTheNetworkOfAMasqueradedServerIsTold() {
        Address neighbour = Address.parse("172.16.1.77");
        attempts(MASQUERADED, Forwarding.NAT, 4, 0, false, neighbour);
        route(neighbour, ETH1, null);
        Finding finding = only("client-in-servers-network");
        assertThat(finding.what()).startsWith("client 172.16.1.77 is in the network of");
        assertThat(finding.mends().getFirst()).contains("172.16.1.77 via 172.16.1.1");
    }

    @Test
    void aSilentDirectlyRoutedServerLacksTheVirtualAddress() {
        attempts(DIRECT, Forwarding.DIRECT_ROUTING, 2, 0, false, null);
        Finding finding = only("server-without-virtual-address");
        assertThat(finding.what())
                .contains("10.0.0.17 does not answer: it has no address 10.0.0.13");
        assertThat(finding.mends().getFirst()).endsWith("ip address add 10.0.0.13/32 dev lo");
    }

    @Test
    void answersThatPassAndDoNotArriveAreTold() {
        attempts(MASQUERADED, Forwarding.NAT, 4, 0, true, CLIENT);
        route(CLIENT, ETH0, GATEWAY);
        assertThat(only("answers-lost").mends().getFirst())
                .contains("ip route get 192.0.2.7 from 10.0.0.13");
    }

    @Test
    void directRepliesThatTheKernelDropsAreToldWithTheSettings() {
        attempts(DIRECT, Forwarding.DIRECT_ROUTING, 2, 0, true, null);
        facts.directReplies = 5;
        facts.settings.put("net/ipv4/ip_forward", "0");
        facts.settings.put("net/ipv4/conf/all/accept_local", "0");
        facts.settings.put("net/ipv4/conf/eth0/accept_local", "0");
        facts.settings.put("net/ipv4/conf/all/rp_filter", "0");
        facts.settings.put("net/ipv4/conf/eth0/rp_filter", "1");
        assertThat(only("direct-replies-blocked").mends().getFirst())
                .isEqualTo(
                        "sysctl -w net.ipv4.ip_forward=1 net.ipv4.conf.eth0.accept_local=1"
                                + " net.ipv4.conf.eth0.rp_filter=0");
    }

    @Test
    void aServerThatRefusesIsTold() {
        attempts(MASQUERADED, Forwarding.NAT, 0, 3, true, null);
        Finding finding = only("server-refuses");
        assertThat(finding.what())
                .isEqualTo(
                        "real server 172.16.1.11:80 of TCP 10.0.0.13:80 refuses connections:"
                                + " nothing listens there");
        assertThat(finding.evidence()).singleElement().asString().startsWith("3 refused, ");
    }

    @Test
    void aServiceThatRefusesItsClientsIsTold() {
        facts.deserted.add(new Deserted(HTTP, 2, 9));
        assertThat(only("service-without-server").evidence())
                .containsExactly(
                        "of its 2 real servers each has weight 0 or is at its upper threshold",
                        "9 packets of clients were refused");
    }

    @Test
    void aChainThatDropsByDefaultIsToldWithFamilyAndTable() {
        facts.firewall = List.of(chain(TableFamily.INET, "site", "in", "input", true, 0, false));
        Finding finding = only("firewall-not-met");
        assertThat(finding.severity()).isEqualTo(Severity.WRONG);
        assertThat(finding.what())
                .startsWith("firewall chain site in drops by default (family inet, hook input)");
        assertThat(finding.evidence()).containsExactly("shown by: nft list chain inet site in");
    }

    @Test
    void aLegacyChainIsToldAsThat() {
        facts.firewall =
                List.of(chain(TableFamily.IP6, "filter", "FORWARD", "forward", true, 0, true));
        Finding finding = only("firewall-not-met");
        assertThat(finding.what()).contains("(ip6tables-legacy, hook forward)");
        assertThat(finding.evidence())
                .containsExactly("shown by: ip6tables-legacy -t filter -S FORWARD");
    }

    @Test
    void rulesThatDoNotDropByDefaultAreANote() {
        facts.firewall =
                List.of(chain(TableFamily.IP, "nat", "PRE", "prerouting", false, 2, false));
        assertThat(only("firewall-not-met").severity()).isEqualTo(Severity.NOTE);
    }

    @Test
    void chainsThatAreEmptyOrOnTheWayOutAreNone() {
        facts.firewall =
                List.of(
                        chain(TableFamily.IP, "filter", "INPUT", "input", false, 0, false),
                        chain(TableFamily.IP, "filter", "OUTPUT", "output", true, 5, true));
        assertThat(Mistakes.findings(facts)).isEmpty();
    }

    @Test
    void anotherIpvsadmInPathIsTold() {
        facts.firstIpvsadm = "/usr/sbin/ipvsadm";
        Finding finding = only("other-ipvsadm");
        assertThat(finding.what()).contains("/usr/sbin/ipvsadm");
        assertThat(finding.mends()).containsExactly("PATH=/opt/sluice/bin:$PATH");
    }

    @Test
    void noIpvsadmInPathIsNoMistake() {
        facts.firstIpvsadm = "";
        assertThat(Mistakes.findings(facts)).isEmpty();
    }

    @Test
    void servicesOfTheKernelAreANote() {
        facts.kernelServices = List.of("TCP 10.0.0.13:80");
        assertThat(only("kernel-balances-too").severity()).isEqualTo(Severity.NOTE);
    }

    @Test
    void whatIsWrongComesBeforeNotes() {
        facts.kernelServices = List.of("TCP 10.0.0.13:80");
        facts.firstIpvsadm = "/usr/sbin/ipvsadm";
        assertThat(Mistakes.findings(facts))
                .extracting(Finding::severity)
                .containsExactly(Severity.WRONG, Severity.NOTE);
    }

    @Test
    void kindsAreDifferent() {
        assertThat(Mistakes.ALL).extracting(Mistake::kind).doesNotHaveDuplicates();
    }

    @Test
    void ofManyTheFirstAreNamed() {
        assertThat(Named.of("a", "b", "c", "d", "e")).hasToString("a, b, c and 2 more");
        assertThat(Named.of("a", "a")).hasToString("a");
    }

    @Test
    void theKernelsServicesAreRead() {
        assertThat(
                        KernelServices.parse(
                                List.of(
                                        "IP Virtual Server version 1.2.1 (size=4096)",
                                        "Prot LocalAddress:Port Scheduler Flags",
                                        "  -> RemoteAddress:Port Forward Weight ActiveConn"
                                                + " InActConn",
                                        "TCP  0A00000D:0050 rr ",
                                        "  -> AC10010B:0050      Masq    1      0          0",
                                        "TCP  [2001:0db8:0010:0000:0000:0000:0000:0013]:01BB wlc",
                                        "FWM  00000007 wlc")))
                .containsExactly("TCP 10.0.0.13:80", "TCP [2001:db8:10::13]:443", "FWM 7");
    }

    private Finding only(String kind) {
        List<Finding> found = Mistakes.findings(facts);
        assertThat(found).extracting(Finding::kind).containsExactly(kind);
        return found.getFirst();
    }

    private static Link link(int index, String name, int flags) {
        return new Link(index, name, "", 1500, 0x0200_0000_0000L + index, 0, -1, 0, flags);
    }

    private void captured(String... names) {
        facts.fronts =
                java.util.stream.Stream.of(names).map(name -> front(name, Condition.UP)).toList();
    }

    private static Front front(String name, Condition condition) {
        return new Front(name, condition, Instant.EPOCH);
    }

    private static InterfaceAddress own(int index, String address, int bits) {
        return new InterfaceAddress(index, Address.parse(address), bits, 0, 0);
    }

    private void virtual(Address address, long packets, boolean onceHere) {
        facts.virtualAddresses =
                new ArrayList<>(
                        List.of(
                                new VirtualAddress(
                                        address,
                                        Named.of("TCP " + address.withPort(80)),
                                        packets,
                                        onceHere)));
    }

    private void here(Address address) {
        facts.routes.put(address, Route.toHost(address).on(1).ofType(Route.Type.LOCAL));
    }

    /// Not on this machine; its link is that of eth0.
    private void missing(Address address, long packets, boolean onceHere) {
        virtual(address, packets, onceHere);
        facts.addresses = List.of(own(ETH0, "10.0.0.1", 24), own(ETH1, "172.16.1.1", 24));
        route(address, ETH0, null);
    }

    private void server(Address address, Forwarding method) {
        facts.servers.add(new Server(address, method, Named.of("TCP 10.0.0.13:80")));
    }

    private void route(Address address, int index, @Nullable Address gateway) {
        Route route = Route.toHost(address).on(index);
        facts.routes.put(address, gateway == null ? route : route.via(gateway));
    }

    private void neighbour(int index, Address address, long mac, int state) {
        facts.neighbours.put(new Place(index, address), new Neighbour(index, address, mac, state));
    }

    private void attempts(
            Address server,
            Forwarding method,
            long repeated,
            long refused,
            boolean answersPass,
            @Nullable Address client) {
        facts.attempts =
                List.of(
                        new Attempts(
                                HTTP,
                                server,
                                80,
                                method,
                                repeated,
                                refused,
                                answersPass,
                                false,
                                2,
                                client));
    }

    private static FirewallChain chain(
            TableFamily family,
            String table,
            String name,
            String hook,
            boolean drops,
            int rules,
            boolean legacy) {
        return new FirewallChain(family, table, name, "filter", hook, 0, drops, rules, legacy);
    }
}
