package dev.sluice.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.gate.Classifier.Classification;
import dev.sluice.gate.layout.Decision;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.PacketView;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

final class ClassifierTest {

    private static final Classifier CLASSIFIER =
            new Classifier(
                    GateTables.EMPTY.next(Scenario.configuration()), Set.copyOf(Scenario.locals()));

    /// Whether a frame is for this host is the kernel's knowledge.
    static List<Scenario> scenarios() {
        return Scenario.all().stream()
                .filter(scenario -> !scenario.name().equals("for another host"))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void theRules(Scenario scenario) {
        Classification got =
                CLASSIFIER.classify(
                        MemorySegment.ofArray(scenario.frame().array()), scenario.frame().mark());
        assertThat(got.decision()).isEqualTo(scenario.decision());
        if (scenario.client() != null) {
            assertThat(got.client()).isEqualTo(scenario.client());
            assertThat(got.port()).isEqualTo(scenario.port());
        }
    }

    @Test
    void withoutServicesEverythingPasses() {
        Classifier nothing =
                new Classifier(GateTables.EMPTY, List.of(Address.parse("192.168.1.100")));
        for (Scenario scenario : Scenario.all()) {
            assertThat(
                            nothing.classify(
                                            MemorySegment.ofArray(scenario.frame().array()),
                                            scenario.frame().mark())
                                    .decision())
                    .as(scenario.name())
                    .isEqualTo(Decision.PASSED);
        }
    }

    @Test
    void whatAServiceBalancesGoesUp() {
        Configuration configuration = Scenario.configuration();
        List<Scenario> scenarios = Scenario.all();
        int[] balanced = {0};
        PacketView packet = new PacketView();
        Seeded.forAll(
                Seeded.count("sluice.fuzz.gate", 100_000),
                random -> {
                    Scenario scenario = scenarios.get(random.nextInt(scenarios.size()));
                    byte[] frame = Scenario.damage(scenario.frame().array(), random);
                    MemorySegment segment = MemorySegment.ofArray(frame);
                    Classification got = CLASSIFIER.classify(segment, scenario.frame().mark());
                    int type = Ethernet.type(segment, 0);
                    boolean ip = type == Ethernet.TYPE_IPV4 || type == Ethernet.TYPE_IPV6;
                    if (ip
                            && packet.parse(segment, 14, frame.length - 14) == null
                            && packet.isIpv6() == (type == Ethernet.TYPE_IPV6)
                            && packet.hasPorts()
                            && isService(configuration, packet)
                            && scenario.frame().mark() == 0) {
                        balanced[0]++;
                        assertThat(got.decision()).isIn(Decision.CLIENT, Decision.FRAGMENT);
                    }
                });
        assertThat(balanced[0]).isPositive();
    }

    private static boolean isService(Configuration configuration, PacketView packet) {
        Address destination =
                packet.isIpv6()
                        ? Address.ipv6(packet.destinationHigh(), packet.destinationLow())
                        : Address.ipv4((int) packet.destinationLow());
        for (Protocol protocol : Protocol.values()) {
            if (protocol.number() == packet.protocol()) {
                int port = packet.destinationPort();
                return configuration.service(new ServiceKey.AtAddress(protocol, destination, port))
                                != null
                        || configuration.service(new ServiceKey.AtAddress(protocol, destination, 0))
                                != null;
            }
        }
        return false;
    }

    @Test
    void kindsAreTwiceTheOrdinal() {
        for (Decision decision : Decision.values()) {
            if (decision.kind() != 0) {
                assertThat(decision.kind()).isEqualTo(2 * decision.ordinal());
            }
        }
    }
}
