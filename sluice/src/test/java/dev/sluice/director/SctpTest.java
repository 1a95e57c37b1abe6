package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.Address;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.Sctp;

import org.junit.jupiter.api.Test;

/// Associations of SCTP, and AH and ESP beside a key exchange (ipvs.md §4.3, §4.4). The scenarios
/// `sctp*` and `ipsec*` hold them to the kernel.
final class SctpTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final int ESP = 50;
    private static final int AH = 51;

    private final Lvs lvs = new Lvs();

    @Test
    void anAssociationFromItsFirstChunkToItsLast() {
        signalling().server(SERVER, 2905, NAT);
        fromClient(Sctp.INIT);
        assertState("00:04 INIT1");
        fromServer(Sctp.INIT_ACK);
        assertState("01:01 C-SENT");
        fromClient(Sctp.COOKIE_ECHO);
        assertState("01:01 C-REPLIED");
        assertThat(lvs.load(SERVER)).isEqualTo("0/1");
        fromServer(Sctp.COOKIE_ACK);
        assertState("15:00 ESTABLISHED");
        assertThat(lvs.load(SERVER)).isEqualTo("1/0");
        fromClient(Sctp.DATA);
        fromServer(Sctp.SACK);
        assertState("15:00 ESTABLISHED");
        fromClient(Sctp.SHUTDOWN);
        assertState("01:01 S-RECEIVED");
        fromServer(Sctp.SHUTDOWN_ACK);
        assertState("01:01 S-ACK-SENT");
        fromClient(Sctp.SHUTDOWN_COMPLETE);
        assertState("01:01 CLOSED");
        assertThat(lvs.load(SERVER)).isEqualTo("0/1");
    }

    @Test
    void withDirectRoutingOnlyTheClientIsHeard() {
        signalling().server(SERVER, 2905, DIRECT_ROUTING);
        fromClient(Sctp.INIT);
        fromClient(Sctp.COOKIE_ECHO);
        assertState("15:00 ESTABLISHED");
    }

    @Test
    void onlyAnInitBeginsAnAssociationUnlessSloppy() {
        signalling().server(SERVER, 2905, NAT);
        lvs.receive(client(Sctp.DATA)).passes(StackReason.NO_CONNECTION);
        lvs.set(Setting.SLOPPY_SCTP, 1);
        lvs.receive(client(Sctp.ABORT)).passes(StackReason.NO_CONNECTION);
        lvs.receive(ipv4(CLIENT, VIP).sctp(1000, 2905)).passes(StackReason.NO_CONNECTION);
        fromClient(Sctp.DATA);
        assertState("15:00 ESTABLISHED");
    }

    @Test
    void anAbortBehindACookieCounts() {
        signalling().server(SERVER, 2905, NAT);
        fromClient(Sctp.INIT);
        lvs.receive(client(Sctp.COOKIE_ECHO).chunk(Sctp.ABORT)).forwardsTo(SERVER);
        assertState("01:01 CLOSED");
    }

    @Test
    void anInitThatFindsAClosedAssociationIsScheduledAnew() {
        signalling().server(SERVER, 2905, NAT).server("10.0.0.12", 2905, NAT);
        lvs.receive(client(Sctp.INIT)).forwardsTo("10.0.0.12");
        lvs.receive(client(Sctp.INIT)).forwardsTo("10.0.0.12");
        lvs.receive(client(Sctp.ABORT)).forwardsTo("10.0.0.12");
        lvs.receive(client(Sctp.INIT)).forwardsTo(SERVER);
    }

    @Test
    void aNewPortMakesANewChecksum() {
        signalling().server(SERVER, 3000, NAT);
        lvs.receive(client(Sctp.INIT))
                .forwards(
                        ipv4(CLIENT, SERVER)
                                .ttl(63)
                                .sctp(1000, 3000)
                                .chunk(Sctp.INIT, new byte[16]));
    }

    @Test
    void fact85EspAndAhFollowTheKeyExchange() {
        lvs.udp(VIP, 500, "rr").server(SERVER, 500, NAT).server("10.0.0.12", 500, NAT);
        lvs.receive(ipv4(CLIENT, VIP).transportBytes(ESP, new byte[40]))
                .passes(StackReason.OTHER_PROTOCOL);
        lvs.receive(ipv4(CLIENT, VIP).udp(500, 500)).forwardsTo("10.0.0.12");

        lvs.receive(ipv4(CLIENT, VIP).transportBytes(ESP, new byte[40]))
                .forwards(ipv4(CLIENT, "10.0.0.12").ttl(63).transportBytes(ESP, new byte[40]));
        lvs.receive(ipv4(CLIENT, VIP).transportBytes(AH, new byte[40])).forwardsTo("10.0.0.12");
        lvs.receive(ipv4("10.0.0.12", CLIENT).transportBytes(ESP, new byte[40]))
                .forwards(ipv4(VIP, CLIENT).ttl(63).transportBytes(ESP, new byte[40]));
        lvs.after(299).receive(ipv4(CLIENT, VIP).transportBytes(ESP, new byte[8]));
        lvs.after(299);
        assertThat(lvs.director.connections()).as("kept alive by ESP").isEqualTo(1);
    }

    private Lvs.Draft signalling() {
        return lvs.service(new ServiceKey.AtAddress(Protocol.SCTP, Address.parse(VIP), 2905), "rr");
    }

    private static PacketBuilder client(int chunk) {
        return ipv4(CLIENT, VIP).sctp(1000, 2905).chunk(chunk, new byte[16]);
    }

    private void fromClient(int chunk) {
        lvs.receive(client(chunk)).forwardsTo(SERVER);
    }

    private void fromServer(int chunk) {
        lvs.receive(ipv4(SERVER, CLIENT).sctp(2905, 1000).chunk(chunk, new byte[16]))
                .forwardsTo(CLIENT);
    }

    private void assertState(String expected) {
        assertThat(lvs.listing().getFirst()).startsWith("SCTP " + expected + " ");
    }
}
