package dev.sluice.director;

import static dev.sluice.director.connection.ConnectionTable.NONE;
import static dev.sluice.director.connection.Direction.FROM_CLIENT;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.Flows.Role;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.Flow;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketView;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A connection that nobody sent a packet for, as protocols with a second channel, synchronisation
/// and plans make them; and how packets find it.
final class FlowsTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";

    private final Lvs lvs = new Lvs();
    private final List<Integer> expired = new ArrayList<>();
    private Runnable lastWords = () -> {};
    private final Arena arena = Arena.ofConfined();
    private final ConnectionTable table = new ConnectionTable(arena, 10, 1, 2, 0);
    private final Lvs.Draft draft = lvs.tcp(VIP, 80, "rr").server(SERVER, 8080, NAT);
    private final Configuration configuration = lvs.configuration();
    private final ServiceIndex services = configuration.index();
    private final Flows flows = new Flows(table, services);
    private final Connections connections =
            new Connections(
                    0, table, new DirectorCounters(), configuration, services, this::expired);

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void aConnectionBegunWithoutAPacketIsFoundByItsPackets() {
        int id = begin();

        find(ipv4(CLIENT, VIP).tcp(1000, 80), id, Role.REQUEST);
        find(ipv4(SERVER, CLIENT).tcp(8080, 1000), id, Role.REPLY);
        byte[] request = ipv4(CLIENT, SERVER).tcp(1000, 8080).build();
        find(ipv4(SERVER, CLIENT).icmpUnreachable(3, request), id, Role.ERROR_FOR_CLIENT);
        byte[] reply = ipv4(VIP, CLIENT).tcp(80, 1000).build();
        find(ipv4(CLIENT, VIP).icmpUnreachable(3, reply), id, Role.ERROR_FOR_SERVER);
        find(ipv4(CLIENT, VIP).tcp(1001, 80), NONE, Role.STRANGER);
        find(ipv4(CLIENT, VIP).udp(1000, 80), NONE, Role.STRANGER);

        assertThat(connections.entry(id, 0).realPort()).isEqualTo(8080);
        assertThat(draft.count(Count.CONNECTIONS)).isEqualTo(1);
        assertThat(draft.count(Count.IN_PACKETS)).isZero();
        assertThat(lvs.load(SERVER)).isEqualTo("0/1");
    }

    @Test
    void thePacketInHandIsLookedUpOnce() {
        int id = begin();
        PacketView packet = ipv4(CLIENT, VIP).tcp(1000, 80).view();
        assertThat(flows.find(packet)).isEqualTo(id);

        table.remove(id);
        assertThat(flows.find(packet)).as("remembered").isEqualTo(id);
        flows.forget();
        assertThat(flows.find(packet)).as("asked again").isEqualTo(NONE);

        int next = begin();
        assertThat(packet.parse(packet.frame(), packet.ip(), packet.length())).isNull();
        assertThat(flows.find(packet)).as("the next packet").isEqualTo(next);
    }

    /// What a forwarding method does that resets both ends of a connection without packets.
    @Test
    void aTimerSendsPackets() {
        TestOutbox outbox = new TestOutbox();
        byte[] reset = ipv4(VIP, CLIENT).tcp(80, 1000).flags("R").build();
        lastWords =
                () -> {
                    long start = outbox.room(reset.length);
                    MemorySegment.copy(
                            MemorySegment.ofArray(reset), 0, outbox.memory(), start, reset.length);
                    TestPaths.TestPath path =
                            new TestPaths.TestPath(Address.parse(CLIENT), 1500, false, true);
                    outbox.send(path, start, reset.length, /* ipv6= */ false);
                };
        int id = begin();
        assertThat(outbox.take()).isEmpty();
        connections.expire(/* nowTicks= */ 10_000, 100);

        TestOutbox.Sent sent = outbox.take().getFirst();
        assertThat(sent.bytes()).isEqualTo(reset);
        assertThat(sent.to()).isEqualTo(Address.parse(CLIENT));
        assertThat(expired).containsExactly(id);
        assertThat(table.connections()).isZero();
    }

    private void expired(int id) {
        assertThat(table.findIn(request(), FROM_CLIENT)).as("still there").isEqualTo(id);
        expired.add(id);
        lastWords.run();
    }

    private int begin() {
        VirtualService service = configuration.services().getFirst();
        RealServer server = Objects.requireNonNull(configuration.server(0));
        return connections.begin(request(), /* mark= */ 0, service, server, 8080, NONE, 0);
    }

    private static Flow request() {
        return new Flow()
                .of(false, IpProtocol.TCP)
                .from(0, Address.parse(CLIENT).low(), 1000)
                .to(0, Address.parse(VIP).low(), 80);
    }

    private void find(PacketBuilder packet, int id, Role role) {
        assertThat(flows.find(packet.view())).as(packet.toString()).isEqualTo(id);
        assertThat(flows.role()).as(packet.toString()).isEqualTo(role);
    }
}
