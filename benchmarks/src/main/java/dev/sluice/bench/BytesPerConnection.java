package dev.sluice.bench;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

import java.util.Collection;
import java.util.List;

/// Takes what a benchmark says about its connections' memory out of the forked machine, beside the
/// times.
public final class BytesPerConnection implements InternalProfiler {

    static final String LABEL = "bytesPerConnection";

    private static volatile double bytes;

    /// Said by a benchmark when it has made its connections.
    static void are(double bytesEach) {
        bytes = bytesEach;
    }

    @Override
    public String getDescription() {
        return "memory held for each connection";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {}

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        return List.of(new ScalarResult(LABEL, bytes, "B", AggregationPolicy.AVG));
    }
}
