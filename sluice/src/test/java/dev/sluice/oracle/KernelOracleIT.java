package dev.sluice.oracle;

import static org.junit.jupiter.api.Assertions.fail;

import dev.sluice.testing.Needs;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.Objects;
import java.util.stream.Stream;

/// Asks Linux IPVS again, live, and compares with what is recorded: the recordings that Sluice is
/// held to are what the kernel says today. Then Sluice plays the same scenario.
///
/// `-Doracle.record=true` writes the recordings instead.
final class KernelOracleIT {
    private static final boolean RECORD = Boolean.getBoolean("oracle.record");

    private static final Differences DIFFERENCES = Differences.read();

    private static @Nullable KernelDirector kernel;

    @BeforeAll
    static void boot() {
        var missing = KernelDirector.missing();
        Needs.that(missing.isEmpty(), missing.orElse(""));
        kernel = new KernelDirector();
    }

    @AfterAll
    static void shutDown() {
        if (kernel != null) {
            kernel.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> theKernelSaysWhatIsRecorded() {
        return Scenarios.names().stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> compare(name)));
    }

    private static void compare(String name) {
        Transcript said = Player.play(Scenarios.text(name), Objects.requireNonNull(kernel));
        if (RECORD) {
            Scenarios.record(name, said.text());
            return;
        }
        said.difference(Scenarios.kernel(name))
                .ifPresent(difference -> fail(name + ", recorded and live: " + difference));
        if (DIFFERENCES.notYet(name).isPresent()) {
            return;
        }
        try (SluicePeer sluice = new SluicePeer()) {
            new Transcript(Player.play(Scenarios.text(name), sluice).text(), said.overtime())
                    .difference(said.text(), DIFFERENCES.steps(name))
                    .ifPresent(difference -> fail(name + ", kernel and Sluice: " + difference));
        }
    }
}
