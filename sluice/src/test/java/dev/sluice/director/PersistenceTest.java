package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Family;
import dev.sluice.wire.PacketBuilder;

import org.junit.jupiter.api.Test;

/// Clients that return to their server (ipvs.md §6), and services of all ports and of marks.
final class PersistenceTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final String OTHER = "10.0.0.12";

    private Lvs lvs = new Lvs();
    private int port = 1000;

    @Test
    void aClientReturnsToItsServer() {
        twoServers().persistent(360);

        assertThat(picks(CLIENT, 3)).isEqualTo("12 12 12");
        assertThat(picks("172.16.0.2", 3)).isEqualTo("11 11 11");
        assertThat(lvs.listing())
                .contains("TCP 06:00 NONE 172.16.0.1:0 192.168.1.100:80 10.0.0.12:80");
        assertThat(lvs.count(OTHER, Count.PERSISTENT)).isEqualTo(1);
        assertThat(lvs.load(OTHER)).isEqualTo("3/0");
        assertThat(lvs.count(OTHER, Count.CONNECTIONS)).isEqualTo(3);
    }

    @Test
    void clientsEqualUnderTheMaskShareAServer() {
        twoServers().persistent(360, 24);

        assertThat(picks("172.16.5.1", 1)).isEqualTo("12");
        assertThat(picks("172.16.5.77", 1)).isEqualTo("12");
        assertThat(picks("172.16.6.1", 1)).isEqualTo("11");
        assertThat(lvs.listing()).anyMatch(line -> line.contains(" 172.16.5.0:0 "));
    }

    @Test
    void ipv6ClientsEqualUnderThePrefixShareAServer() {
        String vip = "2001:db8:1::100";
        lvs.tcp(vip, 80, "rr")
                .server("2001:db8:2::11", 80, NAT)
                .server("2001:db8:2::12", 80, NAT)
                .persistent(77, 64);

        lvs.receive(ipv6("2001:db8:aaaa:1::1", vip).tcp(1, 80).flags("S"))
                .forwardsTo("2001:db8:2::12");
        lvs.receive(ipv6("2001:db8:aaaa:1::2", vip).tcp(1, 80).flags("S"))
                .forwardsTo("2001:db8:2::12");
        lvs.receive(ipv6("2001:db8:aaaa:2::1", vip).tcp(1, 80).flags("S"))
                .forwardsTo("2001:db8:2::11");
    }

    @Test
    void aTemplateIsAssuredOnceAConnectionIsEstablished() {
        twoServers().persistent(360);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1, 80).flags("S"));
        assertThat(template()).startsWith("TCP 06:00 NONE ");

        lvs.receive(ipv4(CLIENT, VIP).tcp(1, 80));
        assertThat(template()).startsWith("TCP 06:00 ASSURED ");
    }

    @Test
    void aTemplateOfUdpIsAssuredByAReply() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT).persistent(360);
        lvs.receive(ipv4(CLIENT, VIP).udp(1, 53));
        assertThat(template()).startsWith("UDP 06:00 NONE ");

        lvs.receive(ipv4(SERVER, CLIENT).udp(53, 1));
        assertThat(template()).startsWith("UDP 06:00 ASSURED ");
    }

    @Test
    void aKnownClientGoesToAQuiescedServer() {
        Lvs.Draft service = twoServers().persistent(360);
        assertThat(picks(CLIENT, 1)).isEqualTo("12");
        service.weight(OTHER, 0);

        assertThat(picks(CLIENT, 1)).isEqualTo("12");
        assertThat(picks("172.16.0.2", 2)).isEqualTo("11 11");
    }

    @Test
    void ifQuiescentTemplatesExpireAKnownClientLeaves() {
        lvs = new Lvs().set(Setting.EXPIRE_QUIESCENT_TEMPLATE, 1);
        Lvs.Draft service = twoServers().persistent(360);
        assertThat(picks(CLIENT, 1)).isEqualTo("12");
        service.weight(OTHER, 0);

        assertThat(picks(CLIENT, 2)).isEqualTo("11 11");
        assertThat(lvs.listing())
                .contains(
                        "TCP 06:00 NONE 172.16.0.1:0 192.168.1.100:65535 10.0.0.12:65535",
                        "TCP 06:00 NONE 172.16.0.1:0 192.168.1.100:80 10.0.0.11:80");
    }

    @Test
    void aClientOfARemovedServerIsScheduledAnew() {
        Lvs.Draft service = twoServers().persistent(360);
        assertThat(picks(CLIENT, 1)).isEqualTo("12");
        service.remove(OTHER);

        assertThat(picks(CLIENT, 1)).isEqualTo("11");
        assertThat(lvs.listing()).anyMatch(line -> line.contains(":65535 10.0.0.12:65535"));
        lvs.after(361);
        assertThat(lvs.listing()).noneMatch(line -> line.contains(":65535"));
    }

    @Test
    void aClientReturnsToAServerThatWasRemovedAndAddedMeanwhile() {
        Lvs.Draft service = twoServers().persistent(360);
        assertThat(picks(CLIENT, 1)).isEqualTo("12");
        service.remove(OTHER).server(OTHER, 80, NAT);

        assertThat(picks(CLIENT, 1)).isEqualTo("12");
    }

    @Test
    void aKnownClientGoesToAnOverloadedServer() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT, 1, 1, 0).persistent(360);
        assertThat(picks(CLIENT, 3)).isEqualTo("11 11 11");
        assertThat(picks("172.16.0.2", 1)).isEqualTo("-");
    }

    @Test
    void aTemplateThatOutlivesItsTimeBecauseOfConnectionsLooksOnceAMinute() {
        twoServers().persistent(3);
        establish(CLIENT);
        lvs.after(3.01).after(0.5);
        assertThat(template()).startsWith("TCP 00:59 ASSURED ");

        lvs.after(10);
        assertThat(picks(CLIENT, 1)).isEqualTo("12");
        assertThat(template()).startsWith("TCP 01:00 ASSURED ");
    }

    @Test
    void aTemplateWithoutConnectionsExpires() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT).persistent(400);
        lvs.receive(ipv4(CLIENT, VIP).udp(1, 53));

        lvs.after(301);
        assertThat(lvs.listing()).hasSize(1);
        lvs.after(100);
        assertThat(lvs.listing()).isEmpty();
        assertThat(lvs.count(SERVER, Count.PERSISTENT)).isZero();
    }

    @Test
    void onlyNewConnectionsRestartATemplate() {
        twoServers().persistent(100);
        establish(CLIENT);
        lvs.after(50).receive(ipv4(CLIENT, VIP).tcp(1000, 80)).forwardsTo(OTHER);
        assertThat(template()).startsWith("TCP 00:50 ");

        assertThat(picks(CLIENT, 1)).isEqualTo("12");
        assertThat(template()).startsWith("TCP 01:40 ");
    }

    @Test
    void aNewTimeoutAppliesToNewTemplates() {
        Lvs.Draft service = twoServers().persistent(100);
        picks(CLIENT, 1);
        service.persistent(30);
        picks(CLIENT, 1);
        picks("172.16.0.2", 1);
        lvs.after(0.5);

        assertThat(lvs.listing())
                .contains(
                        "TCP 01:39 NONE 172.16.0.1:0 192.168.1.100:80 10.0.0.12:80",
                        "TCP 00:29 NONE 172.16.0.2:0 192.168.1.100:80 10.0.0.11:80");
    }

    @Test
    void withoutPersistenceClientsAreFreeAtOnce() {
        Lvs.Draft service = twoServers().persistent(100);
        assertThat(picks(CLIENT, 2)).isEqualTo("12 12");
        service.notPersistent();

        assertThat(picks(CLIENT, 2)).isEqualTo("11 12");
    }

    @Test
    void aReusedPortStaysWithTheTemplatesServer() {
        twoServers().persistent(100);
        establish(CLIENT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("R"));

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(OTHER);
        assertThat(lvs.listing()).anyMatch(line -> line.startsWith("TCP 01:00 SYN_RECV"));
    }

    @Test
    void directRoutingIsPersistentToo() {
        lvs.tcp(VIP, 80, "rr")
                .server(SERVER, 80, DIRECT_ROUTING)
                .server(OTHER, 80, DIRECT_ROUTING)
                .persistent(20);

        assertThat(picks(CLIENT, 3)).isEqualTo("12 12 12");
    }

    // ---- all ports ----

    @Test
    void anAllPortsServiceReachesTheServerAtTheClientsPort() {
        lvs.tcp(VIP, 0, "rr").server(SERVER, 9999, NAT).persistent(100);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 5000).flags("S"))
                .forwards(ipv4(CLIENT, SERVER).ttl(63).tcp(1000, 5000).flags("S"));
        assertThat(template()).isEqualTo("TCP 01:40 NONE 172.16.0.1:0 192.168.1.100:0 10.0.0.11:0");
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 5000)).passes(StackReason.NO_SERVICE);
    }

    @Test
    void anExactServiceWinsOverAnAllPortsService() {
        lvs.tcp(VIP, 0, "rr").server(SERVER, 0, NAT).persistent(100);
        lvs.tcp(VIP, 80, "rr").server(OTHER, 80, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1, 80).flags("S")).forwardsTo(OTHER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1, 81).flags("S")).forwardsTo(SERVER);
    }

    @Test
    void anAllPortsServiceWithoutPersistenceRefuses() {
        lvs.tcp(VIP, 0, "rr").server(SERVER, 0, NAT);

        PacketBuilder syn = ipv4(CLIENT, VIP).tcp(1000, 80).flags("S");
        lvs.receive(syn)
                .answers(
                        DropReason.NO_REAL_SERVER,
                        ipv4(VIP, CLIENT).tos(0xc0).icmpUnreachable(3, syn.build()));
    }

    // ---- marks ----

    @Test
    void aMarkServiceWinsOverAnExactOneAndTakesAllProtocols() {
        lvs.mark(Family.IPV4, 7, "rr").server(SERVER, 3128, NAT);
        lvs.tcp(VIP, 80, "rr").server(OTHER, 80, NAT);

        marked(ipv4(CLIENT, VIP).tcp(1, 80).flags("S"))
                .forwards(ipv4(CLIENT, SERVER).ttl(63).tcp(1, 3128).flags("S"));
        marked(ipv4(CLIENT, "8.8.8.8").udp(1, 53))
                .forwards(ipv4(CLIENT, SERVER).ttl(63).udp(1, 3128));
        lvs.receive(ipv4(CLIENT, VIP).tcp(2, 80).flags("S")).forwardsTo(OTHER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(3, 80).flags("S"), packet -> packet.mark(8))
                .forwardsTo(OTHER);
    }

    @Test
    void repliesOfAMarkServiceLeaveWithTheAddressThatTheClientUsed() {
        lvs.mark(Family.IPV4, 7, "rr").server(SERVER, 3128, NAT);
        marked(ipv4(CLIENT, "8.8.8.8").tcp(1, 80).flags("S"));

        lvs.receive(ipv4(SERVER, CLIENT).tcp(3128, 1).flags("SA"))
                .forwards(ipv4("8.8.8.8", CLIENT).ttl(63).tcp(80, 1).flags("SA"));
    }

    @Test
    void marksOfBothFamiliesAreDifferentServices() {
        lvs.mark(Family.IPV4, 9, "rr").server(SERVER, 80, NAT);
        lvs.mark(Family.IPV6, 9, "rr").server("2001:db8:2::11", 80, NAT);

        lvs.receive(
                        ipv6("2001:db8:f::1", "2001:db8:1::100").tcp(1, 80).flags("S"),
                        packet -> packet.mark(9))
                .forwardsTo("2001:db8:2::11");
    }

    @Test
    void aPersistentMarkServiceKeepsThePortAndListsTheMark() {
        lvs.mark(Family.IPV4, 7, "rr")
                .server(SERVER, 3128, NAT)
                .server(OTHER, 3128, NAT)
                .persistent(100);

        marked(ipv4(CLIENT, VIP).tcp(1, 8080).flags("S"))
                .forwards(ipv4(CLIENT, OTHER).ttl(63).tcp(1, 8080).flags("S"));
        marked(ipv4(CLIENT, VIP).udp(1, 53)).forwardsTo(OTHER);
        marked(ipv4(CLIENT, "192.168.1.101").tcp(1, 80).flags("S")).forwardsTo(OTHER);
        assertThat(template()).isEqualTo("IP 01:40 NONE 172.16.0.1:0 0.0.0.7:0 10.0.0.12:0");
    }

    // ---- helpers ----

    private Lvs.Draft twoServers() {
        return lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT).server(OTHER, 80, NAT);
    }

    /// What new connections of a client get.
    private String picks(String client, int count) {
        StringBuilder picked = new StringBuilder();
        for (int i = 0; i < count; i++) {
            picked.append(i == 0 ? "" : " ");
            picked.append(lvs.pickedBy(ipv4(client, VIP).tcp(port++, 80).flags("S")));
        }
        return picked.toString();
    }

    private void establish(String client) {
        lvs.receive(ipv4(client, VIP).tcp(port, 80).flags("S"));
        lvs.receive(ipv4(client, VIP).tcp(port++, 80));
    }

    private Lvs marked(PacketBuilder packet) {
        return lvs.receive(packet, view -> view.mark(7));
    }

    private String template() {
        return lvs.listing().stream()
                .filter(line -> line.contains("NONE") || line.contains("ASSURED"))
                .findFirst()
                .orElseThrow();
    }
}
