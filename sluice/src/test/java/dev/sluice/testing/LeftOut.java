package dev.sluice.testing;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Says at the end which tests were left out, and why: one line for a reason.
public final class LeftOut implements TestExecutionListener {

    private final Map<String, Set<String>> testsOfReason = new TreeMap<>();

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            String reason =
                    result.getThrowable().map(Throwable::getMessage).orElse("for no known reason");
            testsOfReason
                    .computeIfAbsent(
                            reason.replace("Assumption failed: ", ""), _ -> new TreeSet<>())
                    .add(name(test));
        }
    }

    /// Of a class, or of a method with its class.
    private static String name(TestIdentifier test) {
        return switch (test.getSource().orElse(null)) {
            case ClassSource source -> simple(source.getClassName());
            case MethodSource source ->
                    simple(source.getClassName()) + "." + source.getMethodName();
            case null, default -> test.getDisplayName();
        };
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan plan) {
        if (!testsOfReason.isEmpty()) {
            StringBuilder said = new StringBuilder("\nLeft out on this machine:\n");
            testsOfReason.forEach((reason, tests) ->
                    said.append("  ")
                            .append(String.join(", ", tests))
                            .append(": ")
                            .append(reason)
                            .append('\n'));
            System.out.println(said);
            remember(testsOfReason);
        }
    }

    /// For the end of the build, which shows it again (see benchmarks/pom.xml). Unit and
    /// integration tests are two runs; each adds.
    private static void remember(Map<String, Set<String>> left) {
        Path file = Path.of(System.getProperty("sluice.left.out", "target/left-out"));
        if (file.getParent() == null || !Files.isDirectory(file.getParent())) {
            return; // not Maven's run
        }
        StringBuilder lines = new StringBuilder();
        left.forEach((reason, tests) ->
                lines.append("  %s: %s\n".formatted(String.join(", ", tests), reason)));
        try {
            Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
