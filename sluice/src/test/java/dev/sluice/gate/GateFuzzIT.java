package dev.sluice.gate;

import dev.sluice.director.Steering;
import dev.sluice.gate.Classifier.Classification;
import dev.sluice.gate.GateTableWriter.Contents;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.InterfaceEntry;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.gate.layout.Settings;
import dev.sluice.net.bpf.BpfMap;
import dev.sluice.net.bpf.BpfProgram;
import dev.sluice.net.bpf.BpfProgram.TestRun;
import dev.sluice.net.bpf.SkBuff;
import dev.sluice.testing.Met;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Family;
import dev.sluice.wire.PacketPrinter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// The gate, as the kernel runs it, decides about any frame as [Classifier] does in Java, under any
/// configuration, and steers as [Steering] does. What passes is untouched; what goes up has
/// metadata in place of the link addresses and is otherwise untouched; each frame is counted once.
///
/// They may differ in this, and nothing else:
///
/// - a frame for another host passes; [Classifier] is asked only about frames for this one. (Nor is
///   it asked about frames whose VLAN tag the kernel has taken out, which a test run cannot have);
/// - a frame that a worker gave back passes, too, without its mark and without being counted;
/// - when its worker is stale, an ICMP error that would go up passes and anything else is dropped.
///
/// A test run refuses frames that end within their IP header; [EbpfGateIT] sends some.
///
/// 500,000 frames, ten million in continuous integration ([Seeded]), a thousand for each
/// configuration.
final class GateFuzzIT {

    private static final int LOOPBACK = 1;
    private static final int FRAMES_PER_CONFIGURATION = 1000;
    private static final int NORMALLY = 500_000;

    /// The first byte of the slow device's own address: even, no multicast.
    private static final byte SLOW = (byte) 0xee;

    /// What else must have been met.
    private enum Trait {
        FOR_ANOTHER_HOST,
        GIVEN_BACK,
        MARK_OF_NO_SERVICE,
        ERROR_OF_A_STALE_WORKER,
        IPV4_UP,
        IPV6_UP,
        CLIENT_BY_ADDRESS,
        CLIENT_BY_PORT,
        SERVER_BY_ADDRESS,
        SERVER_BY_PORT,
        MARKED_BY_ADDRESS,
        MARKED_BY_PORT
    }

    private static @Nullable LoadedPrograms loaded;
    private static GateMaps maps;
    private static GateTableWriter writer;
    private static Contents written = Contents.NOTHING;
    private static BpfProgram gate;
    private static BpfProgram routed;
    private static BpfProgram giveBack;

    private final Met<Decision> decisions = new Met<>(Decision.class);
    private final Met<Trait> traits = new Met<>(Trait.class);

    @BeforeAll
    static void load() {
        LoadedPrograms programs = new LoadedPrograms();
        loaded = programs;
        maps = programs.maps;
        gate = programs.gate;
        routed = programs.routed;
        giveBack = programs.giveBack;
        writer = new GateTableWriter(maps);
        maps.get(Maps.INTERFACES)
                .update(InterfaceEntry.key(LOOPBACK).array(), InterfaceEntry.value(0).array());
    }

    @AfterAll
    static void unload() {
        if (loaded != null) {
            loaded.close();
        }
    }

    @Test
    void javaAndTheKernelAgreeAboutAnyFrame() {
        long frames = Seeded.packets(NORMALLY);
        Seeded.forAll(frames / FRAMES_PER_CONFIGURATION, random -> new Life(random).live());
        if (Seeded.isWhole(frames, NORMALLY)) {
            decisions.assertAll(List.of(Decision.RETURN_FAILED));
            traits.assertAll(List.of());
            check(decisions.count(Decision.PASSED) < frames * 2 / 3, "most pass: " + decisions);
        }
    }

    private static void write(Contents wanted) {
        writer.write(written, wanted);
        written = wanted;
    }

    /// One configuration, and a thousand frames.
    private final class Life {

        private final SplittableRandom random;
        private final AnyTraffic traffic;
        private final Classifier classifier;
        private final Set<GateTables.Mark> marks;
        private final int workers;
        private final boolean[] stale;
        private final long key0;
        private final long key1;
        private final Address mask4;
        private final Address mask6;
        private final Met<Decision> expected = new Met<>(Decision.class);
        private int number;

        Life(SplittableRandom random) {
            this.random = random;
            traffic = new AnyTraffic(random);
            classifier = traffic.classifier();
            marks = traffic.tables().marks().keySet();
            Contents wanted = new Contents(traffic.tables(), traffic.locals());
            write(wanted);
            workers = 1 + random.nextInt(Maps.MAXIMUM_WORKERS);
            key0 = random.nextLong();
            key1 = random.nextLong();
            mask4 = Address.ipv4(-1).masked(random.nextInt(33));
            mask6 = Address.ipv6(-1, -1).masked(random.nextInt(129));
            maps.writeSettings(new Settings(LOOPBACK, workers, key0, key1, mask4, mask6));
            stale = new boolean[Maps.MAXIMUM_WORKERS];
            for (int worker = 0; worker < Maps.MAXIMUM_WORKERS; worker++) {
                stale[worker] = oneIn(20);
                // An hour ahead: this test may be kept waiting for longer than a live worker.
                beat(worker, stale[worker] ? 0 : System.nanoTime() + 3_600_000_000_000L);
            }
        }

        private void beat(int worker, long nanos) {
            ByteBuffer value = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
            maps.get(Maps.HEARTBEAT).update(BpfMap.key(worker), value.putLong(nanos).array());
        }

        void live() {
            long[] before = counters();
            while (number < FRAMES_PER_CONFIGURATION) {
                frame();
            }
            long[] after = counters();
            for (Decision decision : Decision.values()) {
                long counted = after[decision.ordinal()] - before[decision.ordinal()];
                if (counted != expected.count(decision)) {
                    throw new AssertionError(
                            decision + " is miscounted: " + counted + " instead of " + expected);
                }
                decisions.add(decision, counted);
            }
        }

        private static long[] counters() {
            long[] counters = new long[Decision.values().length];
            for (Decision decision : Decision.values()) {
                counters[decision.ordinal()] = maps.count(decision);
            }
            return counters;
        }

        private boolean oneIn(int count) {
            return random.nextInt(count) == 0;
        }

        /// Sends one, unless a test run would refuse it.
        private void frame() {
            Scenario.Frame any = traffic.frame();
            byte[] frame = any.array();
            int mark = any.mark();
            if (!GateProgramIT.canBeTested(frame)) {
                return;
            }
            number++;
            boolean forAnother = oneIn(50);
            if (forAnother) {
                frame[0] = 2;
            }
            byte[] before = frame.clone();
            try {
                if (forAnother) {
                    traits.add(Trait.FOR_ANOTHER_HOST);
                    checkPassed(run(gate, frame, mark), before, mark);
                } else {
                    judge(run(gate, frame, mark), before, mark);
                }
                if (oneIn(16)) {
                    route(before, mark);
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(e + "\n" + describe(before, mark), e);
            }
        }

        private String describe(byte[] frame, int mark) {
            byte[] packet = Arrays.copyOfRange(frame, Ethernet.HEADER_BYTES, frame.length);
            return "frame %d: mark %d, type %04x%n%s%n%s"
                    .formatted(
                            number,
                            mark,
                            Ethernet.type(MemorySegment.ofArray(frame), 0),
                            PacketPrinter.describe(packet),
                            HexFormat.of().formatHex(frame));
        }

        private void judge(TestRun run, byte[] before, int mark) {
            Classification java = classifier.classify(MemorySegment.ofArray(before), mark);
            if (java.decision() == Decision.PASSED) {
                checkPassed(run, before, mark);
                return;
            }
            int worker = worker(java);
            if (!stale[worker]) {
                checkUp(run, before, mark, java);
            } else if (java.decision() == Decision.ICMP) {
                traits.add(Trait.ERROR_OF_A_STALE_WORKER);
                checkPassed(run, before, mark);
            } else {
                expected.add(Decision.STALE);
                check(run.action() == SkBuff.DROP, "not dropped, although its worker is stale");
            }
        }

        private void checkPassed(TestRun run, byte[] before, int mark) {
            check(run.action() == SkBuff.NEXT, "does not pass");
            check(Arrays.equals(run.packet(), before), "changed, although it passes");
            if (mark == Metadata.RETURN_MARK) {
                traits.add(Trait.GIVEN_BACK);
                check(run.context().mark() == 0, "keeps its mark");
                return;
            }
            if (mark != 0) {
                traits.add(Trait.MARK_OF_NO_SERVICE);
            }
            expected.add(Decision.PASSED);
            check(run.context().mark() == mark, "has another mark");
        }

        private void checkUp(TestRun run, byte[] before, int mark, Classification java) {
            check(run.action() == SkBuff.REDIRECT, "does not go up");
            byte[] up = run.packet();
            MemorySegment frame = MemorySegment.ofArray(up);
            Decision decision = java.decision();
            expected.add(decision);
            check(Metadata.kind(frame, 0) == decision.kind(), "another kind");
            check(Metadata.worker(frame, 0) == worker(java), "another worker");
            check(Metadata.interfaceIndex(frame, 0) == LOOPBACK, "another interface");
            check(run.context().mark() == mark, "has another mark");
            if (decision == Decision.MARKED) {
                check(Metadata.mark(frame, 0) == mark, "another mark in the metadata");
                check(Bytes.u16(frame, Metadata.SOURCE_OR_MARK + 4) == 0, "metadata's rest");
            } else {
                check(Arrays.equals(up, 6, 12, before, 6, 12), "another source address");
            }
            check(
                    Arrays.equals(up, 12, up.length, before, 12, before.length),
                    "changed behind the link addresses");
            note(java);
            if (oneIn(8)) {
                checkWayBack(up, before, decision);
            }
        }

        /// A worker can give it back as it was.
        private void checkWayBack(byte[] up, byte[] before, Decision decision) {
            TestRun back = run(giveBack, up, Metadata.RETURN_MARK);
            expected.add(Decision.RETURNED);
            check(back.action() == SkBuff.REDIRECT, "does not come back");
            byte[] wanted = before.clone();
            if (decision == Decision.MARKED) {
                Arrays.fill(wanted, 6, 12, (byte) 0);
            }
            check(Arrays.equals(back.packet(), wanted), "comes back changed");
        }

        /// What the kernel routes into the slow device by its mark. A packet without ports, which
        /// goes up there and not at the gate, is left out.
        private void route(byte[] before, int mark) {
            Classification java = classifier.classify(MemorySegment.ofArray(before), mark);
            boolean ours = java.decision() == Decision.MARKED;
            if (!ours && (isServices(Family.IPV4, mark) || isServices(Family.IPV6, mark))) {
                return;
            }
            byte[] frame = before.clone();
            frame[0] = SLOW;
            TestRun run = run(routed, frame, mark);
            if (ours && !stale[worker(java)]) {
                MemorySegment packet = MemorySegment.ofArray(run.packet());
                expected.add(Decision.ROUTED);
                check(run.action() == SkBuff.NEXT, "stopped although it was routed here");
                check(Metadata.kind(packet, 0) == Metadata.ROUTED, "not marked as routed");
                check(Metadata.mark(packet, 0) == mark, "another mark in the metadata");
                check(Metadata.worker(packet, 0) == worker(java), "routed to another worker");
            } else {
                expected.add(ours ? Decision.STALE : Decision.ROUTED_UNKNOWN);
                check(run.action() == SkBuff.DROP, "goes on although nobody wants it");
            }
        }

        private boolean isServices(Family family, int mark) {
            return marks.contains(new GateTables.Mark(family, mark));
        }

        private void note(Classification java) {
            boolean byAddress = java.port() == 0;
            traits.add(java.client().isIpv6() ? Trait.IPV6_UP : Trait.IPV4_UP);
            switch (java.decision()) {
                case CLIENT ->
                        traits.add(byAddress ? Trait.CLIENT_BY_ADDRESS : Trait.CLIENT_BY_PORT);
                case SERVER ->
                        traits.add(byAddress ? Trait.SERVER_BY_ADDRESS : Trait.SERVER_BY_PORT);
                case MARKED ->
                        traits.add(byAddress ? Trait.MARKED_BY_ADDRESS : Trait.MARKED_BY_PORT);
                default -> {
                    // Always by address.
                }
            }
        }

        /// As the director steers; port 0: by address.
        private int worker(Classification java) {
            Address client = java.client();
            Address mask = client.isIpv6() ? mask6 : mask4;
            boolean byAddress = java.port() == 0;
            long high = byAddress ? client.high() & mask.high() : client.high();
            long low = byAddress ? client.low() & mask.low() : client.low();
            return Steering.mix(high, low, java.port(), key0, key1, workers);
        }
    }

    private static TestRun run(BpfProgram program, byte[] frame, int mark) {
        return program.test(frame, new SkBuff.Context(mark, 0, LOOPBACK));
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
