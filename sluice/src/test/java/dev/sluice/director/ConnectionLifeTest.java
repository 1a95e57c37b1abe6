package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Tally.Count;

import org.junit.jupiter.api.Test;

/// How connections begin, change and end (ipvs.md §3, §4).
final class ConnectionLifeTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final String OTHER = "10.0.0.12";

    private Lvs lvs = new Lvs();

    // ---- states ----

    @Test
    void theServerClosesFirst() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);

        client("S", "TCP 01:00 SYN_RECV", "1/0");
        server("SA", "TCP 01:00 SYN_RECV", "1/0");
        client("A", "TCP 15:00 ESTABLISHED", "1/0");
        client("PA", "TCP 15:00 ESTABLISHED", "1/0");
        server("FA", "TCP 02:00 FIN_WAIT", "0/1");
        client("A", "TCP 02:00 FIN_WAIT", "0/1");
        client("FA", "TCP 02:00 TIME_WAIT", "0/1");
        server("A", "TCP 02:00 TIME_WAIT", "0/1");
    }

    @Test
    void theClientClosesFirst() {
        establish();

        client("FA", "TCP 01:00 CLOSE_WAIT", "0/1");
        server("A", "TCP 01:00 CLOSE_WAIT", "0/1");
        server("FA", "TCP 02:00 TIME_WAIT", "0/1");
        client("A", "TCP 02:00 TIME_WAIT", "0/1");
    }

    @Test
    void aResetCloses() {
        establish();

        client("R", "TCP 00:10 CLOSE", "0/1");
    }

    @Test
    void aResetOfTheClientDoesNotEndAHalfOpenConnection() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);

        client("S", "TCP 01:00 SYN_RECV", "1/0");
        client("R", "TCP 01:00 SYN_RECV", "1/0");
    }

    @Test
    void aSegmentWithoutFlagsCloses() {
        establish();

        client("P", "TCP 00:10 CLOSE", "0/1");
    }

    // ---- time ----

    @Test
    void aConnectionIsGoneWhenItsTimeoutHasPassedWithoutPackets() {
        establish();
        client("R", "TCP 00:10 CLOSE", "0/1");

        lvs.after(9);
        assertThat(lvs.listing()).hasSize(1);
        lvs.after(1.1);
        assertThat(lvs.listing()).isEmpty();
        assertThat(lvs.load(SERVER)).isEqualTo("0/0");
        assertThat(lvs.director.connections()).isZero();
    }

    @Test
    void packetsOfBothSidesRestartTheTimer() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53));

        lvs.after(200).receive(ipv4(SERVER, CLIENT).udp(53, 1000));
        lvs.after(200).receive(ipv4(CLIENT, VIP).udp(1000, 53));
        lvs.after(299);
        assertThat(lvs.listing()).hasSize(1);
        lvs.after(2);
        assertThat(lvs.listing()).isEmpty();
    }

    @Test
    void listedSecondsAreWholeOnes() {
        establish();
        lvs.after(0.01);

        assertThat(lvs.listing()).singleElement().asString().startsWith("TCP 14:59 ESTABLISHED");
    }

    @Test
    void aNewTimeoutAppliesWithTheNextPacket() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53));
        lvs.set(900, 120, 2);

        lvs.after(10).receive(ipv4(CLIENT, VIP).udp(1000, 53));
        assertThat(lvs.listing()).singleElement().asString().startsWith("UDP 00:02 UDP");
        lvs.after(2.1);
        assertThat(lvs.listing()).isEmpty();
    }

    @Test
    void theDirectorSaysWhenItWantsToBeAskedAgain() {
        assertThat(lvs.director.nextDeadlineNanos(lvs.nowNanos())).isEqualTo(Long.MAX_VALUE);
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53));
        long end = lvs.nowNanos() + 300_000_000_000L;

        assertThat(lvs.director.nextDeadlineNanos(lvs.nowNanos())).isBetween(lvs.nowNanos(), end);
        lvs.after(299.5);
        assertThat(lvs.director.nextDeadlineNanos(lvs.nowNanos()))
                .isBetween(lvs.nowNanos(), end + 4_000_000);
    }

    @Test
    void expiryIsBoundedByItsLimit() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        for (int port = 1000; port < 1100; port++) {
            lvs.receive(ipv4(CLIENT, VIP).udp(port, 53));
        }
        long later = lvs.nowNanos() + 400_000_000_000L;

        for (int calls = 0; lvs.director.connections() > 0; calls++) {
            assertThat(lvs.director.expire(later, 10)).isLessThanOrEqualTo(10);
            assertThat(calls).isLessThan(1000);
        }
    }

    // ---- reuse of a client port ----

    @Test
    void aSynOnAClosedConnectionIsScheduledAnew() {
        twoServers();
        establishOnFirst();
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("R"));

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(SERVER);

        assertThat(lvs.listing()).singleElement().asString().startsWith("TCP 01:00 SYN_RECV");
        assertThat(lvs.load(OTHER)).isEqualTo("0/0");
        assertThat(lvs.load(SERVER)).isEqualTo("1/0");
    }

    @Test
    void aSynOnATimeWaitConnectionIsScheduledAnew() {
        twoServers();
        establishOnFirst();
        lvs.receive(ipv4(OTHER, CLIENT).tcp(80, 1000).flags("FA"));
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("FA"));

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(SERVER);
    }

    @Test
    void withoutReuseASynStaysWithTheServer() {
        lvs = new Lvs().set(Setting.CONN_REUSE_MODE, 0);
        twoServers();
        establishOnFirst();
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("R"));

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(OTHER);
    }

    @Test
    void aSynOnALivingConnectionStaysWithTheServer() {
        twoServers();
        establishOnFirst();

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(OTHER);
        assertThat(lvs.listing()).singleElement().asString().startsWith("TCP 15:00 ESTABLISHED");

        lvs.receive(ipv4(OTHER, CLIENT).tcp(80, 1000).flags("FA"));
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(OTHER);
        assertThat(lvs.listing()).singleElement().asString().startsWith("TCP 01:00 SYN_RECV");
    }

    @Test
    void aSynOnADirectlyRoutedFinWaitConnectionIsScheduledAnewInModeTwo() {
        for (int mode : new int[] {1, 2, 3}) {
            lvs = new Lvs().set(Setting.CONN_REUSE_MODE, mode);
            lvs.tcp(VIP, 80, "rr")
                    .server(SERVER, 80, DIRECT_ROUTING)
                    .server(OTHER, 80, DIRECT_ROUTING);
            for (String flags : new String[] {"S", "A", "FA"}) {
                lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags(flags)).forwardsTo(OTHER);
            }

            lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"))
                    .forwardsTo(mode == 1 ? OTHER : SERVER);
        }
    }

    @Test
    void aConnectionToAQuiescedServerGoesOn() {
        Lvs.Draft service = twoServers();
        establishOnFirst();
        service.weight(OTHER, 0);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).forwardsTo(OTHER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(OTHER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1001, 80).flags("S")).forwardsTo(SERVER);
    }

    @Test
    void ifConnectionsExpireWithTheirServerASynLeavesAQuiescedServer() {
        lvs = new Lvs().set(Setting.EXPIRE_NODEST_CONN, 1);
        Lvs.Draft service = twoServers();
        establishOnFirst();
        service.weight(OTHER, 0);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).forwardsTo(OTHER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(SERVER);
    }

    // ---- removed servers ----

    @Test
    void packetsToARemovedServerVanishAndItsOwnAreStillTranslated() {
        Lvs.Draft service = twoServers();
        establishOnFirst();
        service.remove(OTHER);
        lvs.after(100);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).drops(DropReason.REAL_SERVER_REMOVED);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"))
                .drops(DropReason.REAL_SERVER_REMOVED);
        assertThat(lvs.listing()).singleElement().asString().startsWith("TCP 13:20 ESTABLISHED");

        lvs.receive(ipv4(OTHER, CLIENT).tcp(80, 1000))
                .forwards(ipv4(VIP, CLIENT).ttl(63).tcp(80, 1000));
        assertThat(lvs.listing()).singleElement().asString().startsWith("TCP 15:00 ESTABLISHED");
        assertThat(lvs.count(OTHER, Count.OUT_PACKETS)).isZero();
    }

    @Test
    void aServerThatReturnsGetsItsConnectionsBack() {
        Lvs.Draft service = twoServers();
        establishOnFirst();
        service.remove(OTHER);
        assertThat(lvs.load(OTHER)).isEqualTo("1/0");
        service.server(OTHER, 80, NAT);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).forwardsTo(OTHER);
        assertThat(lvs.load(OTHER)).isEqualTo("1/0");
        assertThat(lvs.count(OTHER, Count.IN_PACKETS)).isEqualTo(3);
    }

    @Test
    void connectionsOfADeletedServiceWaitForItsReturn() {
        Lvs.Draft service = lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(SERVER);
        lvs.delete(service);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).drops(DropReason.REAL_SERVER_REMOVED);
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("SA"))
                .forwards(ipv4(VIP, CLIENT).ttl(63).tcp(80, 1000).flags("SA"));
        lvs.receive(ipv4(CLIENT, VIP).tcp(1001, 80).flags("S")).passes(StackReason.NO_SERVICE);

        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).forwardsTo(SERVER);
        assertThat(lvs.load(SERVER)).isEqualTo("1/0");
    }

    @Test
    void ifConnectionsExpireWithTheirServerTheNextPacketBeginsAnew() {
        lvs = new Lvs().set(Setting.EXPIRE_NODEST_CONN, 1);
        Lvs.Draft tcp = twoServers();
        establishOnFirst();
        tcp.remove(OTHER);

        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).passes(StackReason.NO_CONNECTION);
        assertThat(lvs.listing()).isEmpty();

        Lvs.Draft udp = lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT).server(OTHER, 53, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53)).forwardsTo(OTHER);
        udp.remove(OTHER);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53)).forwardsTo(SERVER);
    }

    @Test
    void ifConnectionsExpireWithTheirServerTheyEndSoonAfterItsRemoval() {
        lvs = new Lvs().set(Setting.EXPIRE_NODEST_CONN, 1);
        Lvs.Draft service = lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT).server(OTHER, 53, NAT);
        for (int port = 1001; port <= 6000; port++) {
            lvs.receive(ipv4(CLIENT, VIP).udp(port, 53));
        }
        assertThat(lvs.director.connections()).isEqualTo(5000);
        service.remove(OTHER);
        assertThat(lvs.director.nextDeadlineNanos(lvs.nowNanos())).isEqualTo(lvs.nowNanos());
        lvs.director.expire(lvs.nowNanos(), 1000);
        assertThat(lvs.director.connections()).isEqualTo(4500);
        lvs.after(0);
        assertThat(lvs.director.connections()).isEqualTo(2500);
        assertThat(lvs.load(OTHER)).isEqualTo("0/0");
        assertThat(lvs.load(SERVER)).isEqualTo("0/2500");
        assertThat(lvs.director.nextDeadlineNanos(lvs.nowNanos())).isGreaterThan(lvs.nowNanos());
    }

    @Test
    void aTemplateOfARemovedServerEndsWithTheConnectionsThatItControls() {
        lvs = new Lvs().set(Setting.EXPIRE_NODEST_CONN, 1);
        Lvs.Draft service = lvs.tcp(VIP, 80, "rr").persistent(300).server(SERVER, 80, NAT);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(SERVER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1001, 80).flags("S")).forwardsTo(SERVER);
        assertThat(lvs.listing()).hasSize(3);
        service.remove(SERVER);
        lvs.after(0);
        assertThat(lvs.listing()).isEmpty();
    }

    @Test
    void aSettingChangesWhileTrafficFlows() {
        Lvs.Draft service = twoServers();
        establishOnFirst();
        service.remove(OTHER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).drops(DropReason.REAL_SERVER_REMOVED);
        lvs.set(Setting.EXPIRE_NODEST_CONN, 1);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).passes(StackReason.NO_CONNECTION);
        lvs.set(Setting.SLOPPY_TCP, 1);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).forwardsTo(SERVER);
        lvs.set(Setting.DROP_PACKET, 3).set(Setting.AM_DROPRATE, 2);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1001, 80).flags("S")).drops(DropReason.DEFENCE);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1001, 80).flags("S")).forwardsTo(SERVER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1001, 80)).forwardsTo(SERVER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1002, 80).flags("S")).drops(DropReason.DEFENCE);
        lvs.set(Setting.DROP_PACKET, 0);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1003, 80).flags("S")).forwardsTo(SERVER);
    }

    // ---- thresholds ----

    @Test
    void aFullServerOpensWhenEnoughConnectionsHaveEnded() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT, 1, 4, 0);
        for (int port = 1; port <= 4; port++) {
            lvs.receive(ipv4(CLIENT, VIP).udp(port, 53)).forwardsTo(SERVER);
            lvs.after(10);
        }

        assertThat(lvs.pickedBy(ipv4(CLIENT, VIP).udp(5, 53))).isEqualTo("-");
        lvs.after(261);
        assertThat(lvs.load(SERVER)).isEqualTo("0/3");
        assertThat(lvs.pickedBy(ipv4(CLIENT, VIP).udp(6, 53))).isEqualTo("-");
        lvs.after(10);
        assertThat(lvs.load(SERVER)).isEqualTo("0/2");
        assertThat(lvs.pickedBy(ipv4(CLIENT, VIP).udp(7, 53))).isEqualTo("11");
    }

    // ---- helpers ----

    private void establish() {
        lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        client("S", "TCP 01:00 SYN_RECV", "1/0");
        server("SA", "TCP 01:00 SYN_RECV", "1/0");
        client("A", "TCP 15:00 ESTABLISHED", "1/0");
    }

    private Lvs.Draft twoServers() {
        return lvs.tcp(VIP, 80, "rr").server(SERVER, 80, NAT).server(OTHER, 80, NAT);
    }

    private void establishOnFirst() {
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")).forwardsTo(OTHER);
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80)).forwardsTo(OTHER);
    }

    private void client(String flags, String entry, String load) {
        lvs.receive(ipv4(CLIENT, VIP).tcp(1000, 80).flags(flags)).forwardsTo(SERVER);
        shows(entry, load);
    }

    private void server(String flags, String entry, String load) {
        lvs.receive(ipv4(SERVER, CLIENT).tcp(80, 1000).flags(flags)).forwardsTo(CLIENT);
        shows(entry, load);
    }

    private void shows(String entry, String load) {
        assertThat(lvs.listing()).singleElement().asString().startsWith(entry + " ");
        assertThat(lvs.load(SERVER)).isEqualTo(load);
    }
}
