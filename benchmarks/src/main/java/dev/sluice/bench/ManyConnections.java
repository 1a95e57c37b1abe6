package dev.sluice.bench;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The table in `docs/performance.md` of what a packet costs among many connections: runs
/// [PacketPathBenchmark] and [LookupBenchmark] and prints it at the end.
///
///     java -cp benchmarks/target/benchmarks-all.jar dev.sluice.bench.ManyConnections
///
/// Takes JMH's options: `-p connections=10000 -wi 1 -i 1 -r 1 -w 1` shows in seconds whether it
/// works.
public final class ManyConnections {

    private static final String HEADER =
            """
            | Connections | Bytes each | A packet, ns | announced in bursts of 64, ns | Garbage, B per packet | Look-up one by one, ns | in bursts of 64, ns |
            | --- | --- | --- | --- | --- | --- | --- |
            """;

    private final Map<Integer, List<RunResult>> byConnections = new TreeMap<>();

    private ManyConnections(Collection<RunResult> results) {
        for (RunResult result : results) {
            int connections = Integer.parseInt(result.getParams().getParam("connections"));
            byConnections.computeIfAbsent(connections, _ -> new ArrayList<>()).add(result);
        }
    }

    /// Runs both benchmarks.
    ///
    /// @param options JMH's
    public static void main(String... options) throws CommandLineOptionException, RunnerException {
        Collection<RunResult> results =
                new Runner(
                                new OptionsBuilder()
                                        .parent(new CommandLineOptions(options))
                                        .include(PacketPathBenchmark.class.getName() + "\\.")
                                        .include(LookupBenchmark.class.getName() + "\\.o")
                                        .include(LookupBenchmark.class.getName() + "\\.i")
                                        .addProfiler(GCProfiler.class)
                                        .addProfiler(BytesPerConnection.class)
                                        .build())
                        .run();
        System.out.printf(
                "%n%s · Linux %s · %d processors · Java %s%n%n",
                LocalDate.now(ZoneId.systemDefault()),
                System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version());
        System.out.print(new ManyConnections(results).table());
    }

    private String table() {
        StringBuilder table = new StringBuilder(HEADER);
        byConnections.forEach((connections, results) -> {
            RunResult forward = find(results, "forward");
            Result<?> writing = find(results, "writePackets").getPrimaryResult();
            table.append(
                    String.format(
                            Locale.ROOT,
                            "| %,d | %.1f | %s | %s | %.3f | %s | %s |%n",
                            connections,
                            secondary(forward, BytesPerConnection.LABEL),
                            difference(forward.getPrimaryResult(), writing),
                            difference(
                                    find(results, "forwardAnnounced").getPrimaryResult(), writing),
                            secondary(forward, "gc.alloc.rate.norm"),
                            nanos(find(results, "oneByOne").getPrimaryResult()),
                            nanos(find(results, "inBursts").getPrimaryResult())));
        });
        return table.toString();
    }

    private static RunResult find(List<RunResult> results, String method) {
        for (RunResult result : results) {
            if (result.getParams().getBenchmark().endsWith("." + method)) {
                return result;
            }
        }
        throw new IllegalStateException("no result of " + method);
    }

    private static double secondary(RunResult result, String label) {
        Result<?> secondary = result.getSecondaryResults().get(label);
        return secondary == null ? Double.NaN : secondary.getScore();
    }

    private static String nanos(Result<?> result) {
        return nanos(result.getScore(), result.getScoreError());
    }

    private static String difference(Result<?> whole, Result<?> part) {
        return nanos(
                whole.getScore() - part.getScore(),
                Math.hypot(whole.getScoreError(), part.getScoreError()));
    }

    /// One iteration has no error.
    private static String nanos(double score, double error) {
        return Double.isNaN(error)
                ? String.format(Locale.ROOT, "%.0f", score)
                : String.format(Locale.ROOT, "%.0f ± %.0f", score, error);
    }
}
