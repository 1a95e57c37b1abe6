package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Address;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketView;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Several workers, each with its own director and connections, none of which may see a packet of
/// another's.
final class SteeringTest {

    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final Steering TWO = new Steering(0x0123456789abcdefL, 0xfedcba9876543210L, 2);

    private final Lvs[] workers = {
        new Lvs(DirectorSettings.DEFAULT.with(it -> it.steering = TWO), 0, 2),
        new Lvs(DirectorSettings.DEFAULT.with(it -> it.steering = TWO), 1, 2)
    };

    @Test
    void allWorkersGetTheirShare() {
        for (int count : new int[] {1, 2, 3, 7, 16}) {
            int[] share = new int[count];
            Random random = new Random(count);
            for (int i = 0; i < 10_000 * count; i++) {
                Steering steering = new Steering(1, 2, count);
                // Clients of one net, ports counting up: what a benchmark does.
                share[steering.worker(0, 0xac100000L + random.nextInt(16), 1024 + i % 60_000)]++;
            }
            assertThat(Arrays.stream(share))
                    .allMatch(packets -> packets > 9_000 && packets < 11_000);
        }
    }

    @Test
    void theFunctionIsTheOneThatTheGateComputes() {
        // From an independent implementation of the formula.
        long client = 0xac100001L;
        assertThat(Steering.mix(0, client, 1000, TWO.key0(), TWO.key1(), 1 << 16)).isEqualTo(54593);
        assertThat(Steering.mix(0, client, 0, 0, 0, 1 << 16)).isEqualTo(64734);
        Address ipv6 = Address.parse("2001:db8:ffff::1");
        assertThat(Steering.mix(ipv6.high(), ipv6.low(), 443, TWO.key0(), TWO.key1(), 1 << 16))
                .isEqualTo(28326);
    }

    @Test
    void bothDirectionsReachTheSameWorker() {
        for (Lvs worker : workers) {
            worker.tcp(VIP, 80, "rr").server(SERVER, 8080, NAT);
        }
        for (int port = 1000; port < 1100; port++) {
            String client = "172.16.0." + port % 7;
            Lvs owner = workers[TWO.worker(0, Address.parse(client).low(), port)];

            receive(owner, ipv4(client, VIP).tcp(port, 80).flags("S"))
                    .forwards(ipv4(client, SERVER).ttl(63).tcp(port, 8080).flags("S"));
            receive(owner, ipv4(SERVER, client).tcp(8080, port).flags("SA"))
                    .forwards(ipv4(VIP, client).ttl(63).tcp(80, port).flags("SA"));
        }
        assertThat(workers[0].director.connections()).isBetween(30, 70);
        assertThat(workers[0].director.connections() + workers[1].director.connections())
                .isEqualTo(100);
    }

    /// One real server serves a persistent and another service; the gate cannot tell whose reply it
    /// sees and takes the first worker.
    @Test
    void anAmbiguousReplyIsHandedOverOnceAtMost() {
        for (Lvs worker : workers) {
            worker.tcp(VIP, 80, "rr").server(SERVER, 80, NAT).persistent(300);
            worker.tcp(VIP, 81, "rr").server(SERVER, 81, NAT);
        }
        int handedOver = 0;
        for (int port = 1000; port < 1100; port++) {
            String client = "172.16.0." + port % 7;
            long address = Address.parse(client).low();
            Lvs byAddress = workers[TWO.worker(0, address, 0)];
            Lvs byPort = workers[TWO.worker(0, address, port)];
            PacketBuilder reply80 = ipv4(SERVER, client).tcp(80, port).flags("SA");
            PacketBuilder reply81 = ipv4(SERVER, client).tcp(81, port).flags("SA");

            receive(byAddress, ipv4(client, VIP).tcp(port, 80).flags("S")).forwardsTo(SERVER);
            receive(byPort, ipv4(client, VIP).tcp(port, 81).flags("S")).forwardsTo(SERVER);
            receive(byAddress, reply80)
                    .forwards(ipv4(VIP, client).ttl(63).tcp(80, port).flags("SA"));
            receive(byAddress, reply81)
                    .forwards(ipv4(VIP, client).ttl(63).tcp(81, port).flags("SA"));
            receive(byPort, reply80).forwards(ipv4(VIP, client).ttl(63).tcp(80, port).flags("SA"));
            handedOver += byAddress == byPort ? 0 : 1;

            byte[] quote = ipv4(client, SERVER).tcp(port, 81).build();
            receive(byAddress, ipv4(SERVER, client).icmpUnreachable(3, quote)).forwardsTo(client);
            byte[] own = ipv4(VIP, client).tcp(81, port).build();
            receive(byAddress, ipv4(client, VIP).icmpUnreachable(3, own)).forwardsTo(SERVER);
        }
        assertThat(handedOver).isGreaterThan(20);
    }

    /// Their template is in one worker's table.
    @Test
    void clientsOfOneNetmaskMeetAtOneWorker() {
        for (Lvs worker : workers) {
            worker.tcp(VIP, 80, "rr").server(SERVER, 80, NAT).persistent(300, 20);
        }
        boolean[] used = new boolean[2];
        for (int net = 0; net < 16; net++) {
            Lvs owner = null;
            for (int i = 0; i < 20; i++) {
                String client = "10." + net + "." + (16 + i % 16) + "." + i;
                Lvs first = workers[i & 1];
                Lvs got = receive(first, ipv4(client, VIP).tcp(1000, 80).flags("S"));
                owner = owner == null ? got : owner;
                assertThat(got).isSameAs(owner);
                PacketBuilder reply = ipv4(SERVER, client).tcp(80, 1000).flags("SA");
                receive(workers[TWO.worker(0, Address.parse(client).low(), 1000)], reply)
                        .forwards(ipv4(VIP, client).ttl(63).tcp(80, 1000).flags("SA"));
            }
            used[owner == workers[0] ? 0 : 1] = true;
        }
        assertThat(used).containsExactly(true, true);
    }

    @Test
    void aClientThatReachesTheWrongWorkerIsHandedOver() {
        for (Lvs worker : workers) {
            worker.tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        }
        for (int port = 1000; port < 1100; port++) {
            PacketBuilder syn = ipv4("172.16.0.1", VIP).tcp(port, 80).flags("S");
            receive(workers[port & 1], syn).forwardsTo(SERVER);
            receive(workers[0], ipv4("172.16.0.1", VIP).tcp(port, 80)).forwardsTo(SERVER);
        }
        assertThat(workers[0].director.connections() + workers[1].director.connections())
                .isEqualTo(100);
    }

    @Test
    void connectionsOfAServiceThatBecomesPersistentAreStillFound() {
        Lvs.Draft[] drafts = new Lvs.Draft[2];
        for (int i = 0; i < 2; i++) {
            drafts[i] = workers[i].tcp(VIP, 80, "rr").server(SERVER, 80, NAT);
        }
        for (int port = 1000; port < 1050; port++) {
            receive(workers[0], ipv4("172.16.0.1", VIP).tcp(port, 80).flags("S"));
        }
        drafts[0].persistent(300);
        drafts[1].persistent(300);
        Lvs byAddress = workers[TWO.worker(0, Address.parse("172.16.0.1").low(), 0)];

        for (int port = 1000; port < 1050; port++) {
            receive(byAddress, ipv4("172.16.0.1", VIP).tcp(port, 80)).forwardsTo(SERVER);
        }
    }

    @Test
    void fragmentsFollowTheFirstOneToItsWorker() {
        String vip = "2001:db8:1::100";
        for (Lvs worker : workers) {
            worker.udp(vip, 53, "rr").server("2001:db8:2::11", 53, NAT);
        }
        for (int port = 1000; port < 1050; port++) {
            List<byte[]> fragments =
                    ipv6("2001:db8:f::1", vip).id(port).udp(port, 53).payload(3000).fragments(1280);
            for (byte[] fragment : fragments) {
                receive(workers[0], fragment).forwardsTo("2001:db8:2::11");
            }
        }
        assertThat(workers[1].director.connections()).isBetween(10, 40);
    }

    private Lvs receive(Lvs first, PacketBuilder packet) {
        return receive(first, packet.build());
    }

    /// As the gate and the workers do it: the first worker asks whose the packet is.
    private Lvs receive(Lvs first, byte[] packet) {
        PacketView view = new PacketView();
        assertThat(view.parse(MemorySegment.ofArray(packet), 0, packet.length)).isNull();
        return workers[first.director.owner(view, first.nowNanos())].receive(packet);
    }
}
