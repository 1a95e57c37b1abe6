package dev.sluice.gate;

import static dev.sluice.wire.PacketBuilder.ethernet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.Steering;
import dev.sluice.gate.GateTableWriter.Contents;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.InterfaceEntry;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.gate.layout.Settings;
import dev.sluice.gate.program.Programs;
import dev.sluice.net.bpf.BpfMap;
import dev.sluice.net.bpf.BpfProgram;
import dev.sluice.net.bpf.BpfProgram.TestRun;
import dev.sluice.net.bpf.SkBuff;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// The programs, run by the kernel over single packets. [GateFuzzIT] runs them over any.
final class GateProgramIT {

    private static final int LOOPBACK = 1;
    private static final long KEY0 = 0x0123456789abcdefL;
    private static final long KEY1 = 0xfedcba9876543210L;

    private static final Address MASK4 = Address.parse("255.254.255.0");
    private static final Address MASK6 = Address.ipv6(-1, 0xffffL << 48);

    private static @Nullable LoadedPrograms loaded;
    private static GateMaps maps;
    private static BpfProgram gate;
    private static BpfProgram routed;
    private static BpfProgram giveBack;

    @BeforeAll
    static void load() {
        LoadedPrograms programs = new LoadedPrograms();
        loaded = programs;
        maps = programs.maps;
        gate = programs.gate;
        routed = programs.routed;
        giveBack = programs.giveBack;
        GateTables tables = GateTables.EMPTY.next(Scenario.configuration());
        new GateTableWriter(maps)
                .write(Contents.NOTHING, new Contents(tables, Set.copyOf(Scenario.locals())));
    }

    @AfterAll
    static void unload() {
        if (loaded != null) {
            loaded.close();
        }
    }

    @BeforeEach
    void allWorkersLive() {
        settings(1);
        beat(System.nanoTime());
    }

    /// Those with a whole IP header; a test run refuses others. [EbpfGateIT] sends them.
    static List<Scenario> scenarios() {
        return Scenario.all().stream()
                .filter(scenario -> canBeTested(scenario.frame().array()))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void theRules(Scenario scenario) {
        byte[] frame = scenario.frame().array();
        TestRun run = run(gate, frame, scenario.frame().mark());
        assertThat(decision(run)).isEqualTo(scenario.decision());
        if (scenario.client() != null) {
            assertThat(ByteBuffer.wrap(run.packet()).getInt(Metadata.INTERFACE))
                    .isEqualTo(LOOPBACK);
            assertThat(Arrays.copyOfRange(run.packet(), 12, frame.length))
                    .isEqualTo(Arrays.copyOfRange(frame, 12, frame.length));
            MemorySegment packet = MemorySegment.ofArray(run.packet());
            if (scenario.decision() == Decision.MARKED) {
                assertThat(Metadata.mark(packet, 0)).isEqualTo(scenario.frame().mark());
            } else {
                assertThat(Metadata.mark(packet, 0)).isZero();
                assertThat(Ethernet.source(packet, 0)).isEqualTo(0x02_00_00_00_00_77L);
            }
        } else {
            assertThat(run.packet()).isEqualTo(frame);
        }
    }

    @Test
    void aReturnedFrameLosesItsMark() {
        byte[] frame = request("172.16.0.1", 1000);
        TestRun run = run(gate, frame, Metadata.RETURN_MARK);
        assertThat(run.action()).isEqualTo(SkBuff.NEXT);
        assertThat(run.context().mark()).isZero();
        assertThat(run.packet()).isEqualTo(frame);
    }

    @Test
    void otherMarksStay() {
        TestRun run = run(gate, request("172.16.0.1", 1000), 99);
        assertThat(run.context().mark()).isEqualTo(99);
    }

    @Test
    void decisionsAreCounted() {
        long clients = maps.count(Decision.CLIENT);
        long passed = maps.count(Decision.PASSED);
        run(gate, request("172.16.0.1", 1000), 0);
        run(gate, request("172.16.0.1", 1000), 0);
        run(gate, new byte[60], 0);
        assertThat(maps.count(Decision.CLIENT)).isEqualTo(clients + 2);
        assertThat(maps.count(Decision.PASSED)).isEqualTo(passed + 1);
    }

    @Test
    void packetsOfAStaleWorkerAreDroppedAndOnlyIcmpPasses() {
        beat(System.nanoTime() - Programs.STALE_NANOS - 1_000_000);
        long stale = maps.count(Decision.STALE);
        int dropped = 0;
        for (Scenario scenario : scenarios()) {
            TestRun run = run(gate, scenario.frame().array(), scenario.frame().mark());
            boolean wouldPass =
                    scenario.decision() == Decision.PASSED || scenario.decision() == Decision.ICMP;
            assertThat(run.action())
                    .as(scenario.name())
                    .isEqualTo(wouldPass ? SkBuff.NEXT : SkBuff.DROP);
            dropped += wouldPass ? 0 : 1;
        }
        assertThat(maps.count(Decision.STALE)).isEqualTo(stale + dropped);
    }

    @Test
    void aWorkerThatNeverLivedIsStale() {
        beat(0);
        assertThat(run(gate, request("172.16.0.1", 1), 0).action()).isEqualTo(SkBuff.DROP);
    }

    @Test
    void aClockAheadOfOursIsNotStale() {
        beat(System.nanoTime() + 1_000_000_000L);
        assertThat(decision(run(gate, request("172.16.0.1", 1), 0))).isEqualTo(Decision.CLIENT);
    }

    @Test
    void onlyTheStaleWorkersPacketsAreDropped() {
        settings(4);
        for (int i = 0; i < 1000; i++) {
            int stale = i & 3;
            beat(System.nanoTime());
            maps.get(Maps.HEARTBEAT).update(BpfMap.key(stale), new byte[8]);
            int worker = worker(Address.parse("172.16.0.1"), i, 4);
            TestRun run = run(gate, request("172.16.0.1", i), 0);
            assertThat(run.action()).isEqualTo(worker == stale ? SkBuff.DROP : SkBuff.REDIRECT);
        }
    }

    @Test
    void javaAndTheKernelSteerAlike() {
        int count = (int) Seeded.count("sluice.fuzz.steering", 20_000);
        SplittableRandom random = new SplittableRandom(7);
        int workers = 1;
        for (int i = 0; i < count; i++) {
            if (i % 100 == 0) {
                workers = 1 + random.nextInt(Maps.MAXIMUM_WORKERS);
                settings(workers);
                beat(System.nanoTime());
            }
            boolean ipv6 = random.nextBoolean();
            Address client =
                    ipv6
                            ? Address.ipv6(random.nextLong(), random.nextLong())
                            : Address.ipv4(random.nextInt());
            int port = random.nextInt(1 << 16);
            String vip = ipv6 ? "2001:db8:1::100" : "192.168.1.100";
            boolean persistent = random.nextBoolean();
            var packet = ethernet(Scenario.OTHER_MAC, Scenario.MAC).ip(client, Address.parse(vip));
            byte[] frame = (persistent ? packet.udp(port, 53) : packet.tcp(port, 80)).build();
            int expected = worker(client, persistent ? 0 : port, workers);
            TestRun run = run(gate, frame, 0);
            assertThat(run.packet()[Metadata.WORKER] & 0xff)
                    .as("%s port %d, %d workers", client, port, workers)
                    .isEqualTo(expected);
        }
    }

    // The way back.

    @Test
    void aFrameGoesBackAsItCame() {
        byte[] frame = request("172.16.0.1", 1000);
        byte[] captured = run(gate, frame, 0).packet();
        interfaceHasAddress(LOOPBACK, 0);
        TestRun run = run(giveBack, captured, Metadata.RETURN_MARK);
        assertThat(run.action()).isEqualTo(SkBuff.REDIRECT);
        assertThat(run.packet()).isEqualTo(frame);
        assertThat(run.context().mark()).isEqualTo(Metadata.RETURN_MARK);
    }

    @Test
    void aFrameOfAnotherInterfaceGetsItsAddress() {
        byte[] captured = run(gate, request("172.16.0.1", 1000), 0).packet();
        ByteBuffer.wrap(captured).putInt(Metadata.INTERFACE, 4711);
        interfaceHasAddress(4711, 0x02_aa_bb_cc_dd_eeL);
        TestRun run = run(giveBack, captured, Metadata.RETURN_MARK);
        assertThat(Ethernet.destination(MemorySegment.ofArray(run.packet()), 0))
                .isEqualTo(0x02_aa_bb_cc_dd_eeL);
    }

    @Test
    void aMarkedFrameGoesBackWithoutSourceAddress() {
        byte[] frame =
                ethernet(Scenario.OTHER_MAC, Scenario.MAC)
                        .ipv4("172.16.0.1", "192.168.1.77")
                        .udp(1, 2)
                        .build();
        byte[] captured = run(gate, frame, 7).packet();
        interfaceHasAddress(LOOPBACK, 0);
        TestRun run = run(giveBack, captured, Metadata.RETURN_MARK);
        assertThat(run.action()).isEqualTo(SkBuff.REDIRECT);
        assertThat(run.packet()).startsWith(new byte[12]);
    }

    @Test
    void framesThatNoWorkerWroteAreDropped() {
        byte[] captured = run(gate, request("172.16.0.1", 1000), 0).packet();
        assertThat(run(giveBack, captured, 0).action()).isEqualTo(SkBuff.DROP);
    }

    @Test
    void thereIsNoWayBackToAnInterfaceThatIsGone() {
        byte[] captured = run(gate, request("172.16.0.1", 1000), 0).packet();
        ByteBuffer.wrap(captured).putInt(Metadata.INTERFACE, 999_999);
        long failed = maps.count(Decision.RETURN_FAILED);
        assertThat(run(giveBack, captured, Metadata.RETURN_MARK).action()).isEqualTo(SkBuff.DROP);
        assertThat(maps.count(Decision.RETURN_FAILED)).isEqualTo(failed + 1);
    }

    @Test
    void whatWasRoutedHereIsNotSentBack() {
        byte[] captured = run(routed, routedRequest(), 7).packet();
        assertThat(run(giveBack, captured, Metadata.RETURN_MARK).action()).isEqualTo(SkBuff.DROP);
    }

    // What the kernel routes into the slow device.

    @Test
    void aPacketRoutedByItsMarkGetsMetadata() {
        byte[] frame = routedRequest();
        TestRun run = run(routed, frame, 7);
        assertThat(run.action()).isEqualTo(SkBuff.NEXT);
        MemorySegment packet = MemorySegment.ofArray(run.packet());
        assertThat(Metadata.kind(packet, 0)).isEqualTo(Metadata.ROUTED);
        assertThat(Metadata.mark(packet, 0)).isEqualTo(7);
        assertThat(Metadata.worker(packet, 0)).isZero();
        assertThat(Arrays.copyOfRange(run.packet(), 12, frame.length))
                .isEqualTo(Arrays.copyOfRange(frame, 12, frame.length));
    }

    @Test
    void aPacketRoutedWithoutAServicesMarkIsDropped() {
        assertThat(run(routed, routedRequest(), 0).action()).isEqualTo(SkBuff.DROP);
        assertThat(run(routed, routedRequest(), 8).action()).isEqualTo(SkBuff.DROP);
        byte[] arp = routedRequest();
        arp[12] = 8;
        arp[13] = 6;
        assertThat(run(routed, arp, 7).action()).isEqualTo(SkBuff.DROP);
    }

    @Test
    void aPacketRoutedToAStaleWorkerIsDropped() {
        beat(0);
        assertThat(run(routed, routedRequest(), 7).action()).isEqualTo(SkBuff.DROP);
    }

    @Test
    void multicastOfTheKernelsOwnReachesNobody() {
        for (String mac : List.of("33:33:00:00:00:16", "01:00:5e:00:00:16", "ff:ff:ff:ff:ff:ff")) {
            byte[] frame =
                    ethernet(Scenario.OTHER_MAC, mac)
                            .ipv4("0.0.0.0", "224.0.0.22")
                            .transportBytes(2, new byte[16])
                            .build();
            assertThat(run(routed, frame, 7).action()).isEqualTo(SkBuff.DROP);
        }
    }

    private static byte[] request(String client, int port) {
        return ethernet(Scenario.OTHER_MAC, Scenario.MAC)
                .ipv4(client, "192.168.1.100")
                .tcp(port, 80)
                .build();
    }

    private static byte[] routedRequest() {
        return ethernet(Scenario.OTHER_MAC, "ee:53:4c:55:43:30")
                .ipv4("172.16.0.1", "192.168.1.77")
                .tcp(1000, 80)
                .build();
    }

    private static TestRun run(BpfProgram program, byte[] frame, int mark) {
        return program.test(frame, new SkBuff.Context(mark, 0, LOOPBACK));
    }

    private static Decision decision(TestRun run) {
        if (run.action() == SkBuff.NEXT) {
            return Decision.PASSED;
        }
        if (run.action() == SkBuff.DROP) {
            return Decision.STALE;
        }
        assertThat(run.action()).isEqualTo(SkBuff.REDIRECT);
        return Decision.ofKind(run.packet()[Metadata.KIND]);
    }

    /// Shorter frames a test run refuses.
    static boolean canBeTested(byte[] frame) {
        int least =
                switch (Ethernet.type(MemorySegment.ofArray(frame), 0)) {
                    case Ethernet.TYPE_IPV4 -> Ethernet.HEADER_BYTES + Ipv4.HEADER_BYTES;
                    case Ethernet.TYPE_IPV6 -> Ethernet.HEADER_BYTES + Ipv6.HEADER_BYTES;
                    default -> Ethernet.HEADER_BYTES;
                };
        return frame.length >= least;
    }

    private static void settings(int workers) {
        maps.writeSettings(new Settings(LOOPBACK, workers, KEY0, KEY1, MASK4, MASK6));
    }

    /// As the director steers; port 0: by address.
    private static int worker(Address client, int port, int workers) {
        Address mask = client.isIpv6() ? MASK6 : MASK4;
        long high = port == 0 ? client.high() & mask.high() : client.high();
        long low = port == 0 ? client.low() & mask.low() : client.low();
        return Steering.mix(high, low, port, KEY0, KEY1, workers);
    }

    private static void beat(long nanos) {
        byte[] value = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(nanos).array();
        for (int worker = 0; worker < Maps.MAXIMUM_WORKERS; worker++) {
            maps.get(Maps.HEARTBEAT).update(BpfMap.key(worker), value);
        }
    }

    private static void interfaceHasAddress(int index, long mac) {
        maps.get(Maps.INTERFACES)
                .update(InterfaceEntry.key(index).array(), InterfaceEntry.value(mac).array());
    }
}
