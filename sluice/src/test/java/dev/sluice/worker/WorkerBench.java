package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.Director;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.scheduler.RoundRobin;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.net.netlink.Links;
import dev.sluice.net.packet.FrameSink;
import dev.sluice.wire.Address;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketPrinter;
import dev.sluice.worker.FakeSink.Sent;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// A worker on a table: frames go in by hand, and come out into lists.
final class WorkerBench implements AutoCloseable {

    static final String CLIENT_MAC = "02:00:00:00:00:c1";
    static final String DIRECTOR_MAC = "02:00:00:00:00:d1";
    static final int RETURN_INTERFACE = 99;
    static final byte[] NO_VNET = new byte[10];

    final FakeKernel kernel = new FakeKernel();
    final Losses losses = new Losses();
    final RouteCache routes = kernel.watchedBy(new RouteCache(kernel, kernel.pieces(), losses));
    final FakeSink out = new FakeSink();
    final FakeSink back = new FakeSink();
    final Worker worker;
    private final Arena arena = Arena.ofConfined();
    final FakeSource source = new FakeSource(arena);
    private final Director director;
    final Transmitter transmitter;
    private long nowNanos = 1_000_000_000_000L;
    private long lastBeat;

    /// With the frames' MAC addresses as they came.
    static WorkerBench direct(Configuration configuration) {
        return new WorkerBench(configuration, false, DirectorSettings.DEFAULT, 0, null, null);
    }

    /// With the gate's metadata in their place.
    static WorkerBench withMetadata(Configuration configuration) {
        return new WorkerBench(configuration, true, DirectorSettings.DEFAULT, 0, null, null);
    }

    /// @param sink for frames to other machines, null for [#out]
    WorkerBench(
            Configuration configuration,
            boolean hasMetadata,
            DirectorSettings settings,
            int index,
            @Nullable HandOver handOver,
            @Nullable FrameSink sink) {
        transmitter = new Transmitter(routes, kernel, sink == null ? out : sink, arena);
        director = new Director(index, settings, routes, transmitter);
        worker =
                new Worker(
                        index,
                        director,
                        List.of(new Intake(source, RETURN_INTERFACE, hasMetadata)),
                        transmitter,
                        back,
                        (_, now) -> lastBeat = now,
                        handOver,
                        losses,
                        new Rounds(() -> 0),
                        configuration);
        poll();
    }

    // ---- configurations ----

    /// Services with one masqueraded server each.
    record Service(ServiceKey key, String server, int port) {}

    static Configuration configuration(int workers, Service... services) {
        List<VirtualService> all = new ArrayList<>();
        List<RealServer> servers = new ArrayList<>();
        for (Service service : services) {
            RealServer server =
                    RealServer.added(
                            servers.size(),
                            Address.parse(service.server),
                            service.port,
                            Forwarding.NAT,
                            1,
                            0,
                            0,
                            new Tally(workers));
            servers.add(server);
            all.add(
                    VirtualService.of(
                                    all.size(),
                                    service.key,
                                    new RoundRobin(),
                                    0,
                                    null,
                                    new Tally(workers))
                            .withServers(new ServerList(List.of(server))));
        }
        return new Configuration(
                all, servers.toArray(RealServer[]::new), Timeouts.DEFAULT, new Tally(workers));
    }

    // ---- frames ----

    /// A frame of a client.
    static PacketBuilder.Link fromClient() {
        return PacketBuilder.ethernet(CLIENT_MAC, DIRECTOR_MAC);
    }

    /// The frame of a client with metadata of this kind in its first twelve bytes.
    static byte[] metadata(int kind, int mark, byte[] frame) {
        byte[] changed = frame.clone();
        Arrays.fill(changed, 0, 12, (byte) 0);
        changed[0] = (byte) kind;
        changed[5] = 3; // the interface it came in at
        for (int i = 0; i < 4; i++) {
            changed[6 + i] = (byte) (mark >>> 24 - 8 * i);
        }
        return changed;
    }

    WorkerBench receive(PacketBuilder packet) {
        return receive(packet.build());
    }

    WorkerBench receive(byte[] frame) {
        return receive(NO_VNET, frame);
    }

    WorkerBench receive(byte[] vnet, byte[] frame) {
        byte[] both = Arrays.copyOf(vnet, vnet.length + frame.length);
        System.arraycopy(frame, 0, both, vnet.length, frame.length);
        source.add(both);
        return this;
    }

    /// A frame with its vnet header, for one round that the caller runs.
    void offer(byte[] vnetAndFrame) {
        source.add(vnetAndFrame);
    }

    /// Polls until nothing is left to do, and checks that the worker showed life.
    WorkerBench poll() {
        boolean more = true;
        while (more) {
            nowNanos += 1000;
            more = worker.poll(nowNanos) > 0;
            assertThat(lastBeat).isEqualTo(nowNanos);
        }
        return this;
    }

    long nowNanos() {
        return nowNanos;
    }

    WorkerBench after(double seconds) {
        nowNanos += (long) (seconds * 1e9);
        return this;
    }

    /// The only frame that went out.
    Sent sent() {
        List<Sent> all = out.take();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    Sent returned() {
        List<Sent> all = back.take();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    void nothingSent() {
        assertThat(out.take()).isEmpty();
        assertThat(back.take()).isEmpty();
    }

    void neighbour(String address, long mac) {
        HopKey key = new HopKey(FakeKernel.INTERFACE, Address.parse(address));
        post(worker -> worker.neighbourChanged(key, mac, nowNanos));
    }

    void routesChanged() {
        post(worker -> worker.routesChanged(kernel.pieces()));
    }

    /// Has the worker do something at its next round.
    void post(Consumer<Worker> task) {
        assertThat(
                        worker.mailbox()
                                .post((asked, _) -> {
                                    task.accept(asked);
                                    return Mailbox.Progress.DONE;
                                }))
                .isTrue();
    }

    long lost(Loss loss) {
        return worker.lost(loss);
    }

    /// An Ethernet frame as it must leave through the usual interface.
    static PacketBuilder.Link leaving(String nextHop) {
        return PacketBuilder.ethernet(
                text(FakeKernel.INTERFACE_MAC), text(FakeKernel.mac(Address.parse(nextHop))));
    }

    static String text(long mac) {
        return Links.macText(mac);
    }

    /// Compares frames; where they differ, so do the printed packets.
    static void assertFrame(byte[] actual, PacketBuilder expected) {
        byte[] bytes = expected.build();
        if (!Arrays.equals(actual, bytes)) {
            assertThat(print(actual)).isEqualTo(print(bytes));
            assertThat(actual).isEqualTo(bytes);
        }
    }

    private static String print(byte[] frame) {
        return PacketPrinter.describe(Arrays.copyOfRange(frame, 14, frame.length));
    }

    @Override
    public void close() {
        director.close();
        arena.close();
    }
}
