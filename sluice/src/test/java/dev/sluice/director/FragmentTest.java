package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.PacketBuilder;

import org.junit.jupiter.api.Test;

import java.util.List;

/// Fragments of IPv6 packets go one by one: the first has the ports, the others follow it (ipvs.md
/// §7.2). IPv4 packets come put together.
final class FragmentTest {

    private static final String CLIENT = "2001:db8:ffff::1";
    private static final String VIP = "2001:db8:1::100";
    private static final String SERVER = "2001:db8:2::11";

    private final Lvs lvs = new Lvs();

    @Test
    void allFragmentsAreTranslatedAlike() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 5353, NAT);
        List<byte[]> request = big(ipv6(CLIENT, VIP).id(77).udp(1000, 53));
        List<byte[]> translated = big(ipv6(CLIENT, SERVER).id(77).ttl(63).udp(1000, 5353));
        List<byte[]> reply = big(ipv6(SERVER, CLIENT).id(78).udp(5353, 1000));
        List<byte[]> translatedReply = big(ipv6(VIP, CLIENT).id(78).ttl(63).udp(53, 1000));

        for (int i = 0; i < request.size(); i++) {
            lvs.receive(request.get(i)).forwards(translated.get(i)).forwardsTo(SERVER);
        }
        for (int i = 0; i < reply.size(); i++) {
            lvs.receive(reply.get(i)).forwards(translatedReply.get(i)).forwardsTo(CLIENT);
        }
        assertThat(request).hasSizeGreaterThan(2);
        assertThat(lvs.count(SERVER, Count.IN_PACKETS)).isEqualTo(request.size());
        assertThat(lvs.count(SERVER, Count.OUT_PACKETS)).isEqualTo(reply.size());
        assertThat(lvs.director.connections()).isEqualTo(1);
    }

    @Test
    void fragmentsAreRoutedDirectlyAlike() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, DIRECT_ROUTING);
        List<byte[]> request = big(ipv6(CLIENT, VIP).id(77).udp(1000, 53));
        List<byte[]> routed = big(ipv6(CLIENT, VIP).id(77).ttl(63).udp(1000, 53));

        for (int i = 0; i < request.size(); i++) {
            lvs.receive(request.get(i)).forwards(routed.get(i)).forwardsTo(SERVER);
        }
    }

    @Test
    void ipv4FragmentsThatComeNonethelessAreTreatedAlike() {
        lvs.udp("192.168.1.100", 53, "rr").server("10.0.0.11", 5353, NAT);
        List<byte[]> request = big(ipv4("172.16.0.1", "192.168.1.100").id(77).udp(1000, 53));
        List<byte[]> translated =
                big(ipv4("172.16.0.1", "10.0.0.11").id(77).ttl(63).udp(1000, 5353));

        for (int i = 0; i < request.size(); i++) {
            lvs.receive(request.get(i)).forwards(translated.get(i));
        }
    }

    /// Nobody waits for the first fragment of what is not balanced.
    @Test
    void fragmentsOfWhatIsNotBalancedFollowTheFirstToTheStack() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        List<byte[]> other = big(ipv6(CLIENT, VIP).id(79).udp(1000, 54));

        for (byte[] fragment : other) {
            lvs.receive(fragment).passes(StackReason.NO_SERVICE);
        }
    }

    @Test
    void laterFragmentsWithoutTheFirstGoToTheStack() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        List<byte[]> request = big(ipv6(CLIENT, VIP).id(77).udp(1000, 53));

        lvs.receive(request.get(1)).passes(StackReason.UNKNOWN_FRAGMENT);
        lvs.receive(request.get(0)).forwardsTo(SERVER);
        lvs.receive(big(ipv6(CLIENT, VIP).id(78).udp(1000, 53)).get(1))
                .passes(StackReason.UNKNOWN_FRAGMENT);
        lvs.receive(request.get(1)).forwardsTo(SERVER);
    }

    @Test
    void fragmentsAreForgottenAfterAMinute() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        List<byte[]> request = big(ipv6(CLIENT, VIP).id(77).udp(1000, 53));
        lvs.receive(request.get(0)).forwardsTo(SERVER);

        lvs.after(59).receive(request.get(1)).forwardsTo(SERVER);
        lvs.after(2).receive(request.get(1)).passes(StackReason.UNKNOWN_FRAGMENT);
    }

    @Test
    void fragmentsOfAConnectionThatEndedGoToTheStack() {
        lvs.set(900, 120, 5);
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        List<byte[]> request = big(ipv6(CLIENT, VIP).id(77).udp(1000, 53));
        lvs.receive(request.get(0)).forwardsTo(SERVER);

        lvs.after(6).receive(request.get(1)).passes(StackReason.UNKNOWN_FRAGMENT);
    }

    @Test
    void theTableOfFragmentsForgetsOldOnesWhenItIsFull() {
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT);
        for (int id = 0; id < 5000; id++) {
            List<byte[]> request = big(ipv6(CLIENT, VIP).id(id).udp(1000, 53));
            lvs.receive(request.get(0)).forwardsTo(SERVER);
            lvs.receive(request.get(1)).forwardsTo(SERVER);
        }
        lvs.receive(big(ipv6(CLIENT, VIP).id(0).udp(1000, 53)).get(1))
                .passes(StackReason.UNKNOWN_FRAGMENT);
    }

    private static List<byte[]> big(PacketBuilder packet) {
        return packet.payload(3000).fragments(1280);
    }
}
