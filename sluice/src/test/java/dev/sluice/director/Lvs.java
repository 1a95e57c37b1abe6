package dev.sluice.director;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.TestPaths.TestPath;
import dev.sluice.director.Verdict.Action;
import dev.sluice.director.scheduler.Schedulers;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Handling;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketPrinter;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// A director with services, on a table: tests hand it packets and look at what becomes of them.
/// Configured the way control does it: servers keep their id and tally through every edit, and are
/// revived when they return while connections remember them.
final class Lvs {

    /// What every frame has before it: see `net.packet.FrameSource`.
    private static final int HEADROOM_BYTES = 64;

    final TestPaths paths = new TestPaths();
    final TestOutbox outbox = new TestOutbox();
    final Director director;
    private final int workers;
    private final int worker;
    private final Tally total;
    private final Map<ServiceKey, Draft> drafts = new LinkedHashMap<>();
    private final List<@Nullable RealServer> servers = new ArrayList<>();
    private final List<ServiceKey> serviceIds = new ArrayList<>();
    private Timeouts timeouts = Timeouts.DEFAULT;
    private Policy policy = Policy.DEFAULT;
    private long nowNanos = 1_000_000_000_000L;

    // What the last packet led to.
    private PacketView packet = new PacketView();
    private byte[] received = {};
    private @Nullable Verdict verdict;
    private List<TestOutbox.Sent> sent = List.of();

    Lvs() {
        this(DirectorSettings.DEFAULT);
    }

    Lvs(DirectorSettings settings) {
        this(settings, 0, 1);
    }

    Lvs(DirectorSettings settings, int worker, int workers) {
        this.worker = worker;
        this.workers = workers;
        total = new Tally(workers);
        director = new Director(worker, settings, paths, outbox);
        director.configure(Configuration.empty(workers));
    }

    // ---- configuration ----

    /// One service while it is configured.
    final class Draft {
        private final ServiceKey key;
        private final Tally tally = Tally.ofService(workers);
        private VirtualService service;
        private final List<RealServer> list = new ArrayList<>();

        private Draft(ServiceKey key, int id, String scheduler) {
            this.key = key;
            Scheduler made = Objects.requireNonNull(Schedulers.named(scheduler)).create(0);
            service = VirtualService.of(id, key, made, 0, null, tally);
        }

        Draft server(String address, int port, Forwarding forwarding) {
            return server(address, port, forwarding, 1);
        }

        Draft server(String address, int port, Forwarding forwarding, int weight) {
            return server(address, port, forwarding, weight, 0, 0);
        }

        Draft server(
                String address, int port, Forwarding forwarding, int weight, int upper, int lower) {
            Address parsed = Address.parse(address);
            RealServer server = null;
            for (RealServer old : servers) {
                if (old != null
                        && !old.available()
                        && old.address().equals(parsed)
                        && old.port() == port
                        && old.tally().references() > 0) {
                    server = old.edited(forwarding, weight, upper, lower);
                }
            }
            if (server == null) {
                server =
                        RealServer.added(
                                servers.size(),
                                parsed,
                                port,
                                forwarding,
                                weight,
                                upper,
                                lower,
                                new Tally(workers));
                servers.add(null);
            }
            servers.set(server.id(), server);
            list.addFirst(server);
            service = service.withServers(new ServerList(list));
            configure();
            return this;
        }

        /// A tunnelled server.
        Draft tunnel(String address, Encapsulation encapsulation) {
            server(address, 0, Forwarding.TUNNEL);
            RealServer wrapped = keep(list.getFirst().wrapped(encapsulation));
            list.set(0, wrapped);
            service = service.withServers(new ServerList(list));
            configure();
            return this;
        }

        Draft weight(String address, int weight) {
            list.replaceAll(old ->
                    old.address().equals(Address.parse(address))
                            ? keep(
                                    old.edited(
                                            old.forwarding(),
                                            weight,
                                            old.upperThreshold(),
                                            old.lowerThreshold()))
                            : old);
            service = service.withServers(new ServerList(list));
            configure();
            return this;
        }

        Draft forwarding(String address, Forwarding forwarding) {
            list.replaceAll(old ->
                    old.address().equals(Address.parse(address))
                            ? keep(old.edited(forwarding, old.weight(), 0, 0))
                            : old);
            service = service.withServers(new ServerList(list));
            configure();
            return this;
        }

        Draft remove(String address) {
            for (RealServer old : List.copyOf(list)) {
                if (old.address().equals(Address.parse(address))) {
                    keep(old.removed());
                    list.remove(old);
                }
            }
            service = service.withServers(new ServerList(list));
            configure();
            return this;
        }

        Draft persistent(int seconds) {
            return persistent(seconds, key.family() == Family.IPV6 ? 128 : 32);
        }

        Draft persistent(int seconds, int prefix) {
            Address mask =
                    (key.family() == Family.IPV6 ? Address.ipv6(-1, -1) : Address.ipv4(-1))
                            .masked(prefix);
            service = service.withPersistence(new Persistence(seconds, mask.high(), mask.low()));
            configure();
            return this;
        }

        Draft handled(Handling handling) {
            service = service.withHandling(handling);
            configure();
            return this;
        }

        Draft notPersistent() {
            service = service.withPersistence(null);
            configure();
            return this;
        }

        long count(Count count) {
            return tally.read(count);
        }

        long dropped(DropReason reason) {
            return tally.dropped(reason);
        }

        private RealServer keep(RealServer server) {
            servers.set(server.id(), server);
            return server;
        }

        private VirtualService service() {
            return service;
        }
    }

    Draft tcp(String address, int port, String scheduler) {
        return service(
                new ServiceKey.AtAddress(Protocol.TCP, Address.parse(address), port), scheduler);
    }

    Draft udp(String address, int port, String scheduler) {
        return service(
                new ServiceKey.AtAddress(Protocol.UDP, Address.parse(address), port), scheduler);
    }

    Draft mark(Family family, int mark, String scheduler) {
        return service(new ServiceKey.AtMark(family, mark), scheduler);
    }

    Draft service(ServiceKey key, String scheduler) {
        if (!serviceIds.contains(key)) {
            serviceIds.add(key);
        }
        Draft draft = new Draft(key, serviceIds.indexOf(key), scheduler);
        drafts.put(key, draft);
        configure();
        return draft;
    }

    void delete(Draft draft) {
        for (RealServer server : List.copyOf(draft.list)) {
            draft.remove(server.address().toString());
        }
        drafts.remove(draft.key);
        configure();
    }

    void set(int tcp, int tcpFin, int udp) {
        timeouts = new Timeouts(tcp, tcpFin, udp);
        configure();
    }

    Configuration configuration() {
        return new Configuration(
                        drafts.values().stream().map(Draft::service).toList(),
                        servers.toArray(RealServer[]::new),
                        timeouts,
                        total)
                .with(policy);
    }

    /// As `sysctl` would; at once, whatever flows.
    Lvs set(Setting setting, int value) {
        policy = policy.with(setting, value);
        configure();
        return this;
    }

    private void configure() {
        director.configure(configuration());
    }

    // ---- packets ----

    Lvs receive(PacketBuilder builder) {
        return receive(builder, any -> {});
    }

    /// @param facts what the worker knows beside the bytes: mark, offloads
    Lvs receive(PacketBuilder builder, Consumer<PacketView> facts) {
        packet = builder.view(HEADROOM_BYTES);
        facts.accept(packet);
        return process();
    }

    Lvs receive(byte[] bytes) {
        packet = new PacketView();
        byte[] memory = new byte[HEADROOM_BYTES + bytes.length];
        System.arraycopy(bytes, 0, memory, HEADROOM_BYTES, bytes.length);
        Malformed malformed =
                packet.parse(MemorySegment.ofArray(memory), HEADROOM_BYTES, bytes.length);
        assertThat(malformed).isNull();
        return process();
    }

    private Lvs process() {
        received = bytes();
        verdict = director.process(packet, nowNanos);
        sent = outbox.take();
        return this;
    }

    /// The packet went on, but its next hop does not answer.
    Lvs undeliverable() {
        assertThat(verdict().action()).as(printed()).isEqualTo(Action.FORWARD);
        byte[] left = leaving();
        receivedAsItLeft(left);
        verdict = director.undeliverable(packet, verdict().origin(), nowNanos);
        sent = outbox.take();
        return this;
    }

    private void receivedAsItLeft(byte[] left) {
        long start = verdict().start();
        packet.parse(packet.frame(), start, left.length);
        received = left;
    }

    /// The packet went on, and looked like this.
    Lvs forwards(PacketBuilder expected) {
        return forwards(expected.build());
    }

    Lvs forwards(byte[] expected) {
        assertThat(verdict().action()).as(printed()).isEqualTo(Action.FORWARD);
        assertSame(leaving(), expected);
        return this;
    }

    /// The packet went on along the path to this address.
    Lvs forwardsTo(String nextHop) {
        assertThat(verdict().action()).as(printed()).isEqualTo(Action.FORWARD);
        assertThat(path().to()).isEqualTo(Address.parse(nextHop));
        return this;
    }

    Lvs inFragmentsOf(int bytes) {
        assertThat(verdict().fragmentBytes()).isEqualTo(bytes);
        return this;
    }

    Lvs drops(DropReason reason) {
        assertThat(verdict().action()).as(printed()).isEqualTo(Action.DROP);
        assertThat(verdict().reason()).isEqualTo(reason);
        assertThat(sent).isEmpty();
        assertSame(bytes(), received);
        return this;
    }

    /// The packet went to the stack as it came.
    Lvs passes(StackReason reason) {
        assertThat(verdict().action()).as(printed()).isEqualTo(Action.TO_STACK);
        assertThat(verdict().stackReason()).isEqualTo(reason);
        assertSame(bytes(), received);
        return this;
    }

    /// The packet went to the stack, changed to this.
    Lvs passes(StackReason reason, PacketBuilder expected) {
        assertThat(verdict().action()).as(printed()).isEqualTo(Action.TO_STACK);
        assertThat(verdict().stackReason()).isEqualTo(reason);
        assertSame(bytes(), expected.build());
        return this;
    }

    /// The packet was dropped and its sender got this.
    Lvs answers(DropReason reason, PacketBuilder expected) {
        assertThat(verdict().action()).as(printed()).isEqualTo(Action.DROP);
        assertThat(verdict().reason()).isEqualTo(reason);
        assertThat(sent).hasSize(1);
        assertSame(sent.getFirst().bytes(), expected.build());
        return this;
    }

    /// What the director sent by itself because of the last packet.
    List<TestOutbox.Sent> sent() {
        return sent;
    }

    /// The last part of the address the packet went to, or `-` if it did not.
    String pickedBy(PacketBuilder builder) {
        receive(builder);
        if (verdict().action() != Action.FORWARD) {
            return "-";
        }
        String text = path().to().toString();
        return text.substring(Math.max(text.lastIndexOf('.'), text.lastIndexOf(':')) + 1);
    }

    Verdict verdict() {
        return Objects.requireNonNull(verdict, "no packet yet");
    }

    PacketView packet() {
        return packet;
    }

    TestPath path() {
        return (TestPath) verdict().path();
    }

    /// The packet as it is now.
    byte[] bytes() {
        return packet.frame().asSlice(packet.ip(), packet.length()).toArray(ValueLayout.JAVA_BYTE);
    }

    /// What leaves: the packet, or one that has it inside.
    byte[] leaving() {
        return packet.frame()
                .asSlice(verdict().start(), verdict().bytes())
                .toArray(ValueLayout.JAVA_BYTE);
    }

    private static void assertSame(byte[] actual, byte[] expected) {
        if (!Arrays.equals(actual, expected)) {
            assertThat(PacketPrinter.describe(actual)).isEqualTo(PacketPrinter.describe(expected));
            assertThat(actual).isEqualTo(expected);
        }
    }

    private String printed() {
        return PacketPrinter.describe(bytes());
    }

    // ---- time and counters ----

    Lvs after(double seconds) {
        nowNanos += (long) (seconds * 1e9);
        while (director.expire(nowNanos, 1000) == 1000) {
            // until done
        }
        return this;
    }

    long nowNanos() {
        return nowNanos;
    }

    long count(String address, Count count) {
        long sum = 0;
        for (RealServer server : servers) {
            if (server != null && server.address().equals(Address.parse(address))) {
                sum += server.tally().read(count);
            }
        }
        return sum;
    }

    /// Active and inactive connections of a server, as `2/1`.
    String load(String address) {
        return count(address, Count.ACTIVE) + "/" + count(address, Count.INACTIVE);
    }

    long total(Count count) {
        return total.read(count);
    }

    /// All connections and templates as ipvsadm's lines, without padding: `TCP 00:59 SYN_RECV
    /// 172.16.0.1:1000 192.168.1.100:80 10.0.0.13:8080`.
    List<String> listing() {
        List<String> lines = new ArrayList<>();
        int cursor = 0;
        while (cursor >= 0) {
            cursor =
                    director.list(
                            cursor,
                            7,
                            nowNanos,
                            entry ->
                                    lines.add(
                                            "%s %02d:%02d %s %s %s %s"
                                                    .formatted(
                                                            entry.protocol() == null
                                                                    ? "IP"
                                                                    : entry.protocol(),
                                                            entry.remainingSeconds() / 60,
                                                            entry.remainingSeconds() % 60,
                                                            entry.state(),
                                                            entry.client()
                                                                    .withPort(entry.clientPort()),
                                                            entry.virtual()
                                                                    .withPort(entry.virtualPort()),
                                                            entry.real()
                                                                    .withPort(entry.realPort()))));
        }
        return lines;
    }

    int worker() {
        return worker;
    }
}
