package dev.sluice.oracle;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.Optional;
import java.util.stream.Stream;

/// Sluice against what Linux IPVS was recorded to say: forwarded packets field by field, listings,
/// states, timers, pick sequences. The scenarios are `src/test/resources/scenarios/*.scenario`.
final class SluiceOracleTest {
    private final Differences differences = Differences.read();

    @TestFactory
    Stream<DynamicTest> sluiceDoesWhatTheKernelDoes() {
        return Scenarios.names().stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> compare(name)));
    }

    private void compare(String name) {
        Optional<String> notYet = differences.notYet(name);
        assumeTrue(notYet.isEmpty(), () -> notYet.orElse(""));
        try (SluicePeer sluice = new SluicePeer()) {
            Player.play(Scenarios.text(name), sluice)
                    .difference(Scenarios.kernel(name), differences.steps(name))
                    .ifPresent(difference -> fail(name + ": " + difference));
        }
    }
}
