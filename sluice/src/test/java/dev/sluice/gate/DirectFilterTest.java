package dev.sluice.gate;

import static dev.sluice.wire.PacketBuilder.ethernet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ebpf.ClassicAssembler;
import dev.sluice.ebpf.ClassicAssembler.Ancillary;
import dev.sluice.ebpf.ClassicInstruction;
import dev.sluice.ebpf.ClassicMachine;
import dev.sluice.gate.Classifier.Classification;
import dev.sluice.gate.Scenario.Frame;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.testing.Met;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketPrinter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Direct mode may send more up than the rules say, never less but for two things: a packet with a
/// service's mark, and an ICMPv6 error behind extension headers, from a router.
final class DirectFilterTest {

    private static final GateTables TABLES = GateTables.EMPTY.next(Scenario.configuration());
    private static final Both SCENARIOS = Both.of(TABLES, Set.copyOf(Scenario.locals()));
    private static final List<ClassicInstruction> FILTER = SCENARIOS.filter;
    private static final int ANOTHER_HOST = 3;
    private static final byte[] TO_US = new byte[6];
    private static final int FRAMES_PER_CONFIGURATION = 1000;
    private static final int NORMALLY = 200_000;

    /// What must not even take the way up and back.
    private static final Set<String> BYSTANDERS =
            Set.of(
                    "ARP",
                    "TCP to the VIP at another port",
                    "other protocol at the service's port",
                    "to the director itself",
                    "through the director",
                    "ping to the VIP",
                    "under direct routing replies are not ours",
                    "answer to a health check",
                    "error about the director's own",
                    "error about others");

    static List<Scenario> scenarios() {
        return Scenario.all();
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void whatTheRulesSendUpGoesUp(Scenario scenario) {
        SCENARIOS.check(scenario.frame());
    }

    /// A thousand frames for each configuration, as in [GateFuzzIT].
    @Test
    void alsoAnyFrameUnderAnyConfiguration() {
        Met<Decision> met = new Met<>(Decision.class);
        long frames = Seeded.packets(NORMALLY);
        Seeded.forAll(
                frames / FRAMES_PER_CONFIGURATION,
                random -> {
                    AnyTraffic traffic = new AnyTraffic(random);
                    Both both = Both.of(traffic.tables(), traffic.locals());
                    for (int i = 0; i < FRAMES_PER_CONFIGURATION; i++) {
                        Frame frame = traffic.frame();
                        if (random.nextInt(50) == 0) {
                            byte[] forAnother = frame.array();
                            forAnother[0] = 2;
                            frame = new Frame(forAnother, frame.mark());
                        }
                        met.add(both.check(frame));
                    }
                });
        if (Seeded.isWhole(frames, NORMALLY)) {
            met.assertAll(EnumSet.range(Decision.MARKED, Decision.RETURN_FAILED));
        }
    }

    /// The filter, and the rules that it is compared with.
    private record Both(List<ClassicInstruction> filter, Classifier rules) {

        static Both of(GateTables tables, Set<Address> locals) {
            return new Both(DirectFilter.of(tables, locals), new Classifier(tables, locals));
        }

        /// A mark is nothing that a classic filter could look up: a marked frame is left out.
        ///
        /// @return what the rules say
        Decision check(Frame frame) {
            if (frame.mark() != 0 && frame.mark() != Metadata.RETURN_MARK) {
                return Decision.PASSED;
            }
            byte[] bytes = frame.array();
            Classification wanted = rules.classify(MemorySegment.ofArray(bytes), frame.mark());
            boolean forUs = Arrays.equals(bytes, 0, 6, TO_US, 0, 6);
            boolean up = captures(filter, bytes, forUs ? 0 : ANOTHER_HOST, frame.mark());
            if (!forUs || frame.mark() == Metadata.RETURN_MARK) {
                assertThat(up).isFalse();
            } else if (wanted.decision() != Decision.PASSED && !isHiddenError(bytes, wanted)) {
                if (!up) {
                    throw new AssertionError(
                            "passes, although %s: %s%n%s"
                                    .formatted(
                                            wanted,
                                            PacketPrinter.describe(
                                                    MemorySegment.ofArray(bytes).asSlice(14)),
                                            HexFormat.of().formatHex(bytes)));
                }
            }
            return wanted.decision();
        }
    }

    /// An ICMPv6 error behind extension headers, from a router: no router sends such, and the
    /// filter does not look for them.
    private static boolean isHiddenError(byte[] frame, Classification wanted) {
        boolean ipv6 = frame[12] == (byte) 0x86;
        return wanted.decision() == Decision.ICMP && ipv6 && frame[20] != IpProtocol.ICMPV6;
    }

    @Test
    void bystandersPass() {
        int found = 0;
        for (Scenario scenario : Scenario.all()) {
            if (BYSTANDERS.contains(scenario.name())) {
                found++;
                byte[] bytes = scenario.frame().array();
                assertThat(captures(bytes, bytes[0] == 0 ? 0 : ANOTHER_HOST, 0))
                        .as(scenario.name())
                        .isFalse();
            }
        }
        assertThat(found).isGreaterThanOrEqualTo(BYSTANDERS.size());
    }

    @Test
    void taggedFramesPass() {
        byte[] frame =
                ethernet(Scenario.OTHER_MAC, Scenario.MAC)
                        .ipv4("172.16.0.1", "192.168.1.100")
                        .tcp(1000, 80)
                        .build();
        assertThat(captures(frame, 0, 0)).isTrue();
        Map<Ancillary, Integer> tagged = Map.of(Ancillary.VLAN_TAG_PRESENT, 1);
        assertThat(ClassicMachine.run(FILTER, frame, tagged)).isZero();
    }

    @Test
    void errorsThatQuoteALittleGoUp() {
        PacketBuilder request =
                PacketBuilder.ipv4("172.16.0.1", "10.0.0.11").tcp(1000, 8080).payload(100);
        byte[] error =
                ethernet(Scenario.OTHER_MAC, Scenario.MAC)
                        .ipv4("10.9.9.9", "172.16.0.1")
                        .icmpFragNeeded(1400, Arrays.copyOf(request.build(), 28))
                        .build();
        assertThat(captures(error, 0, 0)).isTrue();
    }

    @Test
    void aboutAHundredServicesFit() {
        TestServices services = new TestServices();
        for (int i = 0; i < 90; i++) {
            services.tcp("192.168.1." + i, 80).nat("10.0.0." + i, 8080);
        }
        List<ClassicInstruction> filter =
                DirectFilter.of(
                        GateTables.EMPTY.next(services.configuration()),
                        Set.of(Address.parse("10.0.0.254")));
        assertThat(filter.size()).isLessThan(ClassicAssembler.MAXIMUM_INSTRUCTIONS);
        for (int i = 0; i < 90; i++) {
            byte[] request =
                    ethernet(Scenario.OTHER_MAC, Scenario.MAC)
                            .ipv4("172.16.0.1", "192.168.1." + i)
                            .tcp(1000, 80)
                            .build();
            byte[] reply =
                    ethernet(Scenario.OTHER_MAC, Scenario.MAC)
                            .ipv4("10.0.0." + i, "172.16.0.1")
                            .tcp(8080, 1000)
                            .build();
            assertThat(ClassicMachine.run(filter, request, Map.of())).isEqualTo(-1);
            assertThat(ClassicMachine.run(filter, reply, Map.of())).isEqualTo(-1);
        }
    }

    private static boolean captures(byte[] frame, int packetType, int mark) {
        return captures(FILTER, frame, packetType, mark);
    }

    private static boolean captures(
            List<ClassicInstruction> filter, byte[] frame, int packetType, int mark) {
        Map<Ancillary, Integer> facts =
                Map.of(Ancillary.PACKET_TYPE, packetType, Ancillary.MARK, mark);
        return ClassicMachine.run(filter, frame, facts) != 0;
    }
}
