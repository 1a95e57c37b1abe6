package dev.sluice.worker;

import static dev.sluice.worker.WorkerBench.assertFrame;
import static dev.sluice.worker.WorkerBench.configuration;
import static dev.sluice.worker.WorkerBench.fromClient;
import static dev.sluice.worker.WorkerBench.leaving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.DirectorSettings;
import dev.sluice.director.Steering;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.worker.FakeSink.Sent;
import dev.sluice.worker.WorkerBench.Service;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Two workers of which the first gets every frame, as in direct mode.
final class HandOverTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final Steering STEERING = new Steering(1, 2, 2);
    private static final Configuration SERVICES =
            configuration(
                    2,
                    new Service(
                            new ServiceKey.AtAddress(Protocol.TCP, Address.parse(VIP), 80),
                            SERVER,
                            8080));

    private final Arena arena = Arena.ofShared();
    private final List<Integer> woken = new ArrayList<>();
    private final HandOver handOver = new HandOver(2, arena, woken::add);
    private final WorkerBench first = bench(0);
    private final WorkerBench second = bench(1);

    private WorkerBench bench(int index) {
        DirectorSettings settings = DirectorSettings.DEFAULT.with(it -> it.steering = STEERING);
        return new WorkerBench(SERVICES, false, settings, index, handOver, null);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        arena.close();
    }

    @Test
    void eachClientsPacketsReachTheirOwner() {
        List<Integer> own = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        for (int port = 1000; port < 1100; port++) {
            first.receive(syn(port));
            (isOwner(0, port) ? own : others).add(port);
        }
        first.poll();
        assertThat(own).hasSizeBetween(25, 75);
        assertSent(first.out.take(), own);
        assertThat(woken).containsOnly(1).hasSize(others.size());
        second.poll();
        assertSent(second.out.take(), others);
        assertThat(first.worker.director().connections()).isEqualTo(own.size());
        assertThat(second.worker.director().connections()).isEqualTo(others.size());
    }

    @Test
    void aReplyFollows() {
        int port = portOf(1);
        first.receive(syn(port)).poll();
        second.poll();
        second.out.take();
        first.receive(fromClient().ipv4(SERVER, CLIENT).tcp(8080, port).flags("SA")).poll();
        first.nothingSent();
        second.poll();
        assertFrame(
                second.sent().frame(),
                leaving(CLIENT).ipv4(VIP, CLIENT).ttl(63).tcp(80, port).flags("SA"));
    }

    @Test
    void theVnetHeaderGoesAlong() {
        byte[] vnet = {1, 1, 54, 0, (byte) 0xa8, 5, 34, 0, 16, 0};
        int port = portOf(1);
        first.receive(
                        vnet,
                        fromClient()
                                .ipv4(CLIENT, VIP)
                                .tcp(port, 80)
                                .flags("S")
                                .payload(60_000)
                                .partialChecksum()
                                .build())
                .poll();
        second.poll();
        Sent sent = second.sent();
        assertThat(sent.vnet()).isEqualTo(vnet);
        assertThat(sent.frame()).hasSize(14 + 40 + 60_000);
    }

    @Test
    void whoIsHandedAPacketThatIsNotOursGivesItBack() {
        // A reply of no connection: its other owner has none either.
        int port = portOf(1);
        byte[] frame = fromClient().ipv4(SERVER, CLIENT).tcp(8080, port).build();
        first.receive(frame).poll();
        first.nothingSent();
        second.poll();
        assertThat(second.returned().frame()).isEqualTo(frame);
        first.poll();
        first.nothingSent();
    }

    @Test
    void whatTheQueueCannotHoldIsCounted() {
        int port = portOf(1);
        second.kernel.mtu(SERVER, 65535);
        byte[] frame =
                fromClient().ipv4(CLIENT, VIP).tcp(port, 80).flags("S").payload(60_000).build();
        for (int i = 0; i < 100; i++) {
            first.receive(frame);
        }
        first.poll();
        long lost = first.lost(Loss.HAND_OVER_FULL);
        assertThat(lost).isPositive();
        second.poll();
        assertThat(second.out.take().size() + lost).isEqualTo(100);
    }

    private static PacketBuilder syn(int port) {
        return fromClient().ipv4(CLIENT, VIP).tcp(port, 80).flags("S");
    }

    private static boolean isOwner(int worker, int port) {
        Address client = Address.parse(CLIENT);
        return STEERING.worker(client.high(), client.low(), port) == worker;
    }

    private static int portOf(int worker) {
        int port = 1000;
        while (!isOwner(worker, port)) {
            port++;
        }
        return port;
    }

    private static void assertSent(List<Sent> sent, List<Integer> ports) {
        assertThat(sent).hasSameSizeAs(ports);
        for (int i = 0; i < ports.size(); i++) {
            assertFrame(
                    sent.get(i).frame(),
                    leaving(SERVER)
                            .ipv4(CLIENT, SERVER)
                            .ttl(63)
                            .tcp(ports.get(i), 8080)
                            .flags("S"));
        }
    }
}
