package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Handling;
import dev.sluice.director.service.Tally.Count;

import org.junit.jupiter.api.Test;

/// One-packet scheduling (ipvs.md §1.6), and what Sluice does better.
final class OnePacketTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";

    private final Lvs lvs = new Lvs();

    @Test
    void fact54EveryDatagramIsScheduledAfresh() {
        Lvs.Draft service =
                dns().server(SERVER, 53, NAT)
                        .server("10.0.0.12", 53, NAT)
                        .server("10.0.0.13", 53, NAT);
        StringBuilder picks = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            picks.append(lvs.pickedBy(ipv4(CLIENT, VIP).udp(1000, 53))).append(' ');
        }

        assertThat(picks.toString()).isEqualTo("13 12 11 13 12 11 ");
        assertThat(lvs.load(SERVER)).isEqualTo("0/0");
        assertThat(lvs.listing()).isEmpty();
        assertThat(service.count(Count.CONNECTIONS)).isEqualTo(6);
        assertThat(service.count(Count.IN_PACKETS)).isEqualTo(6);
    }

    @Test
    void repliesLeaveFromTheServiceAndNotFromTheServer() {
        Lvs.Draft service = dns().server(SERVER, 5353, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53)).forwardsTo(SERVER);

        lvs.receive(ipv4(SERVER, CLIENT).udp(5353, 1000).payload("answer"))
                .forwards(ipv4(VIP, CLIENT).ttl(63).udp(53, 1000).payload("answer"));
        assertThat(service.count(Count.OUT_PACKETS)).isEqualTo(1);
    }

    @Test
    void repliesAreAwaitedForHalfAMinuteAndEachProlongsIt() {
        dns().server(SERVER, 53, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53));
        lvs.after(29).receive(ipv4(SERVER, CLIENT).udp(53, 1000)).forwardsTo(CLIENT);
        lvs.after(29).receive(ipv4(SERVER, CLIENT).udp(53, 1000)).forwardsTo(CLIENT);
        assertThat(lvs.director.connections()).isEqualTo(1);

        lvs.after(31);
        assertThat(lvs.director.connections()).isZero();
        lvs.receive(ipv4(SERVER, CLIENT).udp(53, 1000)).passes(StackReason.NO_SERVICE);
        assertThat(lvs.load(SERVER)).isEqualTo("0/0");
    }

    @Test
    void manyDatagramsOfAClientAreRememberedOnceForEachServer() {
        dns().server(SERVER, 53, NAT).server("10.0.0.12", 53, NAT);
        for (int i = 0; i < 1000; i++) {
            lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53));
        }
        assertThat(lvs.director.connections()).isEqualTo(2);
    }

    @Test
    void nothingIsRememberedWhereNoReplyPasses() {
        dns().server(SERVER, 53, DIRECT_ROUTING);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53)).forwardsTo(SERVER);
        assertThat(lvs.director.connections()).isZero();
    }

    @Test
    void aRemovedServersRepliesAreAwaitedNoLongerThanBefore() {
        Lvs.Draft service = dns().server(SERVER, 53, NAT);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53));
        service.remove(SERVER);
        lvs.after(29).receive(ipv4(SERVER, CLIENT).udp(53, 1000)).forwardsTo(CLIENT);
        lvs.after(2);
        assertThat(lvs.director.connections()).isZero();
    }

    @Test
    void aThresholdCountsTheDatagramInHandOnly() {
        dns().server(SERVER, 53, NAT, 1, 1, 0);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53)).forwardsTo(SERVER);
        lvs.receive(ipv4(CLIENT, VIP).udp(1001, 53)).forwardsTo(SERVER);
    }

    @Test
    void aPersistentClientsDatagramsFollowItsTemplate() {
        dns().server(SERVER, 53, NAT).server("10.0.0.12", 53, NAT).persistent(100);
        lvs.receive(ipv4(CLIENT, VIP).udp(1000, 53)).forwardsTo("10.0.0.12");
        lvs.after(50).receive(ipv4(CLIENT, VIP).udp(1001, 53)).forwardsTo("10.0.0.12");
        assertThat(lvs.listing())
                .containsExactly("UDP 01:40 NONE 172.16.0.1:0 192.168.1.100:53 10.0.0.12:53");
    }

    private Lvs.Draft dns() {
        return lvs.udp(VIP, 53, "rr").handled(new Handling(true));
    }
}
